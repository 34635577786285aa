//! Spans of time in words: the two largest units that are not nothing, since nobody plans by seconds of a year.

/// `89 days 23 h`, `59 min 53 s`, `0 s`; the sign is dropped.
pub fn words(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let day = |count: u64| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
    let parts = match (days, hours, minutes) {
        (100.., _, _) | (1.., 0, _) => [Some(day(days)), None],
        (1.., _, _) => [Some(day(days)), Some(format!("{hours} h"))],
        (0, 1.., 0) => [Some(format!("{hours} h")), None],
        (0, 1.., _) => [Some(format!("{hours} h")), Some(format!("{minutes} min"))],
        (0, 0, 1..) if seconds.is_multiple_of(60) => [Some(format!("{minutes} min")), None],
        (0, 0, 1..) => [Some(format!("{minutes} min")), Some(format!("{} s", seconds % 60))],
        (0, 0, 0) => [Some(format!("{seconds} s")), None],
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn two_units_at_most() {
        let cases = [
            (0, "0 s"),
            (-59, "59 s"),
            (60, "1 min"),
            (3593, "59 min 53 s"),
            (3600, "1 h"),
            (3607, "1 h"),
            (3660, "1 h 1 min"),
            (86_399, "23 h 59 min"),
            (86_400, "1 day"),
            (90_000, "1 day 1 h"),
            (90 * 86_400 - 1, "89 days 23 h"),
            (365 * 86_400, "365 days"),
            (i64::MIN, "106751991167300 days"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(words(seconds), expected, "{seconds}");
        }
    }
}
