//! A day of the calendar, `yyyy-mm-dd`: when a fact was written down, or until when something holds.

pub use jiff::civil::Date as Day;

/// Reads `yyyy-mm-dd`, nothing shorter and nothing else, if there is such a day (Gregorian calendar, years 1 to 9999).
pub fn parse_day(text: &str) -> Option<Day> {
    let is_digit_or_dash =
        |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let has_form = text.len() == 10 && text.bytes().enumerate().all(is_digit_or_dash);
    let day: Day = if has_form { text.parse().ok()? } else { return None };
    (day.year() > 0).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_days() {
        for good in ["2026-11-25", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(parse_day(good).map(|day| day.to_string()).as_deref(), Some(good));
        }
        for bad in ["2026-13-01", "2026-02-29", "1900-02-29", "2026-04-31", "0000-01-01", "26-1-1", "31.12.2026", ""] {
            assert_eq!(parse_day(bad), None, "{bad}");
        }
        assert_eq!(parse_day("2026-1１-1"), None);
        assert!(parse_day("2026-09-30") < parse_day("2026-10-01"));
    }
}
