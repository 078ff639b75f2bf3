//! Shapes of values that JSON has no type for. Accepted is what PostgreSQL surely reads the way it looks, and what it writes.

/// `-12.5e3`, `NaN`, `Infinity`.
pub(super) fn decimal(text: &str) -> bool {
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return true;
    }
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        all_digits(exponent, 1, 4)
    });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    exponent_fits && all_digits(whole, 1, 131_072) && all_digits(fraction, 1, 16_383)
}

/// An integer that may not fit a double.
pub(super) fn digits(text: &str) -> bool {
    all_digits(text.strip_prefix('-').unwrap_or(text), 1, 19)
}

/// `123e4567-e89b-12d3-a456-426614174000`.
pub(super) fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `2026-11-21`, `0044-03-15 BC`, `infinity`.
pub(super) fn date(text: &str) -> bool {
    infinite(text) || day(text.strip_suffix(" BC").unwrap_or(text))
}

/// `13:45`, `13:45:00.5`.
pub(super) fn time(text: &str) -> bool {
    let mut parts = text.split(':');
    let (Some(hours), Some(minutes)) = (parts.next(), parts.next()) else { return false };
    let seconds = parts.next().unwrap_or("00");
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let fits = |part: &str, most: u8| all_digits(part, 2, 2) && part.parse().is_ok_and(|number: u8| number <= most);
    let midnight = hours != "24" || (minutes == "00" && seconds == "00" && fraction.bytes().all(|byte| byte == b'0'));
    parts.next().is_none() && fits(hours, 24) && fits(minutes, 59) && fits(seconds, 60) && all_digits(fraction, 1, 9) && midnight
}

/// A date with or without a time. An offset other than zero is refused: PostgreSQL would ignore it.
pub(super) fn timestamp(text: &str) -> bool {
    moment(text).is_some_and(|offset| offset.bytes().all(|byte| matches!(byte, b'+' | b'-' | b'0' | b':' | b'Z' | b'z')))
}

/// A date with or without a time, with or without an offset.
pub(super) fn timestamp_tz(text: &str) -> bool {
    moment(text).is_some()
}

/// Units and amounts, ISO 8601 or PostgreSQL's own; PostgreSQL knows the details.
pub(super) fn interval(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b':' | b'.' | b',' | b'+' | b'-' | b'@');
    (1..=100).contains(&text.len())
        && text.bytes().all(allowed)
        && (infinite(text) || text.bytes().any(|byte| byte.is_ascii_digit()))
}

/// `\x00ff`.
pub(super) fn bytea(text: &str) -> bool {
    text.strip_prefix("\\x").is_some_and(|hex| hex.len() % 2 == 0 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The offset of a date and time, empty if there is none.
fn moment(text: &str) -> Option<&str> {
    if infinite(text) {
        return Some("");
    }
    let text = text.strip_suffix(" BC").unwrap_or(text);
    let Some((date, rest)) = text.split_once(['T', 't', ' ']) else { return day(text).then_some("") };
    let end = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, offset) = rest.split_at_checked(end)?;
    (day(date) && time(clock) && self::offset(offset)).then_some(offset)
}

/// Nothing, `Z`, `+02`, `+0200`, `+02:00`, `+00:09:21`.
fn offset(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(['+', '-']) else { return matches!(text, "" | "Z" | "z") };
    let pairs: Vec<&str> = match digits.len() {
        4 => digits.split_at_checked(2).map(|(hours, minutes)| vec![hours, minutes]).unwrap_or_default(),
        _ => digits.split(':').collect(),
    };
    let fits = |(index, pair): (usize, &&str)| {
        all_digits(pair, 2, 2) && pair.parse().is_ok_and(|number: u8| number <= if index == 0 { 15 } else { 59 })
    };
    (1..=3).contains(&pairs.len()) && pairs.iter().enumerate().all(fits)
}

fn day(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if !(all_digits(year, 4, 6) && all_digits(month, 2, 2) && all_digits(day, 2, 2)) {
        return false;
    }
    let (Ok(year), Ok(month), Ok(day)) = (year.parse::<u32>(), month.parse::<u32>(), day.parse::<u32>()) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        // A year BC is a leap year one year off; PostgreSQL decides.
        2 if leap || text.starts_with("00") => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

fn infinite(text: &str) -> bool {
    matches!(text, "infinity" | "-infinity")
}

fn all_digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
