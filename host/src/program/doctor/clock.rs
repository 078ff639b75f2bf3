//! The clocks: a token is good for some time, and both sides must mean the same time.

use std::time::Duration;

use http::HeaderMap;
use http::header::DATE;

use super::verdict::Verdict;

/// Seconds that are noticed.
const NOTICED: u64 = 5;
/// Seconds that are too many: tokens are accepted up to a minute early or late, and half of it should be left.
const TOO_MANY: u64 = 30;

/// Compares the `Date` of an answer with our time, since the Unix epoch.
pub(super) fn judge(headers: &HeaderMap, now: Duration) -> Verdict {
    let date = headers.get(DATE).and_then(|value| value.to_str().ok()).and_then(parse);
    let Some(theirs) = date else { return Verdict::Skipped("the project's answer has no Date".into()) };
    let ours = now.as_secs();
    // `Date` has no fractions: the project's clock may be up to a second further.
    let apart = ours.abs_diff(theirs);
    let apart = if ours > theirs { apart.saturating_sub(1) } else { apart };
    let side = if ours > theirs { "ahead of" } else { "behind" };
    let cause = format!("this machine's clock is {apart} s {side} the project's");
    let fix = "set this machine's clock (switch NTP on); tokens are refused as expired or not yet valid when the clocks differ";
    if apart <= NOTICED {
        Verdict::Good(format!("{apart} s apart"))
    } else if apart <= TOO_MANY {
        Verdict::warn(cause, fix)
    } else {
        Verdict::fail(cause, fix)
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), the one form that is sent today.
fn parse(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_once(", ")?.1.strip_suffix(" GMT")?.split([' ', ':']);
    let mut number = || parts.next();
    let day: i64 = number()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = i64::try_from(MONTHS.iter().position(|name| Some(*name) == Some(text.get(8..11).unwrap_or_default()))?).ok()? + 1;
    number()?;
    let year: i64 = number()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let time: Vec<i64> = parts.map(|part| part.parse().ok().filter(|part| (0..=60).contains(part))).collect::<Option<_>>()?;
    let [hour, minute, second] = time[..] else { return None };
    // Days since the epoch; years are counted from March, so that leap days come last.
    let year = if month <= 2 { year - 1 } else { year };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719_468;
    u64::try_from(((days * 24 + hour) * 60 + minute) * 60 + second).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(parse("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse("Tue, 29 Feb 2028 23:59:60 GMT"), Some(1_835_481_600));
        for text in [
            "",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, é6 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn skew() {
        let headers = HeaderMap::from_iter([(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap())]);
        let judge = |seconds: i64| judge(&headers, Duration::from_secs(784_111_777_u64.checked_add_signed(seconds).unwrap()));
        for (seconds, good) in [(0, true), (-5, true), (6, true)] {
            assert_eq!(matches!(judge(seconds), Verdict::Good(_)), good, "{seconds}");
        }
        assert!(matches!(judge(7), Verdict::Warn(cause, _) if cause.contains("6 s ahead")));
        assert!(matches!(judge(-30), Verdict::Warn(cause, _) if cause.contains("30 s behind")));
        assert!(matches!(judge(-31), Verdict::Fail(..)) && matches!(judge(32), Verdict::Fail(..)));
        assert!(matches!(super::judge(&HeaderMap::new(), Duration::ZERO), Verdict::Skipped(_)));
    }
}
