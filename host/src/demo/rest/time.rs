//! `timestamptz`: microseconds since the Unix epoch, and their text.

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// As PostgreSQL writes it into JSON: `2026-11-21T13:45:00.5+00:00`.
pub(super) fn show(micros: i64) -> String {
    let (year, month, day) = civil(micros.div_euclid(DAY));
    let rest = micros.rem_euclid(DAY);
    let (seconds, fraction) = (rest / 1_000_000, rest % 1_000_000);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:06}").trim_end_matches('0').to_owned() };
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}+00:00")
}

/// ISO 8601: a date, or a date and a time, with or without an offset (none is UTC). Years 1 to 9999.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text.get(..10)?;
    let (year, month, day) = (number(date.get(..4)?)?, number(date.get(5..7)?)?, number(date.get(8..)?)?);
    let dashes = date.as_bytes().get(4) == Some(&b'-') && date.as_bytes().get(7) == Some(&b'-');
    if !dashes || year == 0 || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let midnight = days(year, month, day) * DAY;
    let rest = text.get(10..)?;
    if rest.is_empty() {
        return Some(midnight);
    }
    let (time, offset) = split_offset(rest.strip_prefix(['T', 't', ' '])?)?;
    midnight.checked_add(time_of_day(time)?)?.checked_sub(offset)
}

/// `13:45`, `13:45:00`, `13:45:00.123456`.
fn time_of_day(text: &str) -> Option<i64> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = clock.split(':');
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let second = parts.next().map_or(Some(0), two)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.len() > 9 {
        return None;
    }
    let micros = match fraction.get(..fraction.len().min(6))? {
        "" => 0,
        digits => number(digits)? * 10_i64.pow(6 - u32::try_from(digits.len()).ok()?),
    };
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

/// The time and, in microseconds, what it is ahead of UTC.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, 0)) };
    let (time, offset) = text.split_at(at);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let offset = offset.get(1..)?;
    let (hours, minutes) = match offset.len() {
        2 => (two(offset)?, 0),
        4 => (two(offset.get(..2)?)?, two(offset.get(2..)?)?),
        5 => offset.split_once(':').and_then(|(h, m)| Some((two(h)?, two(m)?)))?,
        _ => return None,
    };
    (hours <= 15 && minutes <= 59).then_some((time, sign * (hours * 60 + minutes) * 60_000_000))
}

fn two(text: &str) -> Option<i64> {
    if text.len() == 2 { number(text) } else { None }
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.len() <= 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if plain { digits.parse().ok() } else { None }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the epoch of a date of the proleptic Gregorian calendar. Years are counted from March, so that leap days come last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The reverse of [`days`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for (text, micros, shown) in [
            ("1970-01-01", 0, "1970-01-01T00:00:00+00:00"),
            ("2000-02-29T12:00:00.5Z", 951_825_600_500_000, "2000-02-29T12:00:00.5+00:00"),
            ("2026-11-21 13:45:00.123456+00:00", 1_795_268_700_123_456, "2026-11-21T13:45:00.123456+00:00"),
            ("2026-11-21T13:45+02", 1_795_261_500_000_000, "2026-11-21T11:45:00+00:00"),
            ("1969-12-31T23:59:59.999999999-0030", 1_799_999_999, "1970-01-01T00:29:59.999999+00:00"),
        ] {
            assert_eq!(read(text), Some(micros), "{text}");
            assert_eq!(show(micros), shown);
            assert_eq!(read(shown), Some(micros));
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "now",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "0000-01-01",
            "2026-11-21T",
            "2026-11-21T24:00",
            "2026-11-21T1:2",
            "2026-11-21T10:00:60",
            "2026-11-21T10:00:00.1234567890",
            "2026-11-21T10:00+99",
            "2026-11-21X10:00",
            "2026/11/21",
            "2026-11-2é",
            "２026-11-21",
            "2026-11-21T10:00:00+é1",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
