//! A natural number of any size, compared without converting it: the tools of every ecosystem but npm and NuGet order
//! numbers that no machine integer holds.

use std::cmp::Ordering;
use std::fmt;

/// A natural number as decimal digits without leading zeros; zero is the empty text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Number(Box<str>);

impl Number {
    /// Reads ASCII digits; `None` for an empty text or anything else, other Unicode digits included.
    pub fn parse(digits: &str) -> Option<Number> {
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(Number(digits.trim_start_matches('0').into()))
    }

    /// Whether this is 0.
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The number plus one.
    #[must_use]
    pub fn successor(&self) -> Number {
        let mut digits: Vec<u8> = self.0.bytes().collect();
        for digit in digits.iter_mut().rev() {
            if *digit != b'9' {
                *digit += 1;
                return Number(digits.iter().map(|digit| char::from(*digit)).collect::<String>().into());
            }
            *digit = b'0';
        }
        let rest: String = digits.iter().map(|digit| char::from(*digit)).collect();
        Number(format!("1{rest}").into())
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Number {
        Number(value.to_string().trim_start_matches('0').into())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_zero() { "0" } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_size_compare_by_value() {
        let number = |text| Number::parse(text).unwrap();
        assert!(number("99999999999999999999") < number("100000000000000000000"));
        assert_eq!(number("007"), number("7"));
        assert!(number("0").is_zero() && Number::parse("").is_none() && Number::parse("٣").is_none());
        assert_eq!(number("99").successor(), number("100"));
        assert_eq!(number("0").successor(), number("1"));
        assert_eq!(number("129").successor(), number("130"));
    }
}
