//! A day of the calendar, `yyyy-mm-dd`: when a fact was written down, or until when something holds.

use std::fmt;

/// A day that exists (Gregorian calendar, years 1 to 9999); days are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: u16,
    month: u8,
    of_month: u8,
}

impl Day {
    /// Reads `yyyy-mm-dd`, nothing shorter and nothing else.
    pub fn parse(text: &str) -> Option<Day> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |from: usize, to: usize| {
            let digits = &bytes[from..to];
            let is_number = digits.iter().all(u8::is_ascii_digit);
            is_number.then(|| digits.iter().fold(0_u16, |sum, digit| sum * 10 + u16::from(digit - b'0')))
        };
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        let exists = year > 0 && (1..=12).contains(&month) && day > 0 && day <= length(year, month);
        exists.then_some(Day { year, month, of_month: day })
    }

    /// The day on which so many days have passed since the first of January 1970.
    pub fn since_1970(days: u64) -> Day {
        let mut left = days;
        let mut year = 1970;
        while year < 9999 && left >= days_of(year) {
            left -= days_of(year);
            year += 1;
        }
        let mut month = 1;
        while month < 12 && left >= u64::from(length(year, month)) {
            left -= u64::from(length(year, month));
            month += 1;
        }
        Day { year, month, of_month: u8::try_from(left + 1).unwrap_or(31).min(length(year, month)) }
    }
}

fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of(year: u16) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn length(year: u16, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_exist_are_days() {
        for good in ["2026-11-25", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"] {
            assert_eq!(Day::parse(good).map(|day| day.to_string()).as_deref(), Some(good));
        }
        for bad in ["2026-13-01", "2026-02-29", "1900-02-29", "2026-04-31", "0000-01-01", "26-1-1", "31.12.2026", ""] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
        assert_eq!(Day::parse("2026-1１-1"), None);
        assert!(Day::parse("2026-09-30") < Day::parse("2026-10-01"));
    }

    #[test]
    fn days_are_counted() {
        let cases = [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_782, "2026-11-25")];
        for (days, day) in cases {
            assert_eq!(Day::since_1970(days).to_string(), day);
        }
        assert_eq!(Day::since_1970(u64::MAX).to_string(), "9999-12-31");
    }
}
