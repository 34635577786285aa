//! Whether a pod re-reads its token, by the tokens it was seen to send, and which of these is refused first.
//!
//! Traps:
//! - Each container of a pod, and each process in it, reads the token for itself. What sends two tokens by turns is two readers, and no
//!   proof that either reads again.
//! - A stateful set gives a new pod the name of the one before. That pod has the same name and another id, and its own token.
//! - A container that was started again has another token too. So two tokens are no proof that a client re-reads; three that follow
//!   each other are a habit.
//! - kubelet replaces a token after some 48 minutes (`pkg/kubelet/token/token_manager.go`), so what was issued within less was not
//!   re-read from one file.

use super::picture::Refresh;
use super::tally::{Cell, SAME_TOKEN, Token};

/// How old, in seconds, a token must be for its client never to re-read it: a day.
const NEVER: i64 = 86_400;

/// How far apart, in seconds, tokens are issued to one file: 80 % of 3,607 s, and less where kubelet was started again.
const APART: i64 = 2_400;

/// How many tokens make a habit.
const HABIT: usize = 3;

/// What the tokens of a pod tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Habit {
    /// Whether it re-reads its token.
    pub(super) refresh: Refresh,
    /// When the token was issued that is refused first, of those that are in use.
    pub(super) issued: Option<i64>,
}

impl Habit {
    /// What follows from the tokens of one pod, or of whatever sends from one address.
    ///
    /// A client that is known to keep its token (`keeps`) has a habit only if the tokens are of one pod for certain: else they may be
    /// those of pods that came after each other.
    pub(super) fn of(cell: &Cell, is_pod: bool, keeps: bool) -> Habit {
        let Some(newest) = cell.tokens.last() else {
            let refresh = if cell.most_seconds >= NEVER { Refresh::Never } else { Refresh::Unknown };
            return Habit { refresh, issued: None };
        };
        // In the order of their issue.
        let tokens: Vec<&Token> = cell.tokens.iter().filter(|token| token.pod == newest.pod).collect();
        let follows = |pair: &[&Token]| {
            pair[0].used.1 <= pair[1].used.0 + SAME_TOKEN && pair[1].issued.0 - pair[0].issued.1 >= APART
        };
        let longest = tokens[..tokens.len() - 1].iter().map(|token| age(token)).max().unwrap_or_default();
        let is_habit = (tokens.len() >= HABIT || (is_pod && is_row_of_many(cell, &tokens)))
            && tokens.windows(2).all(follows)
            && age(newest) <= longest.max(NEVER)
            && !(keeps && newest.pod == 0);
        let in_use = cell.tokens.iter().filter(|token| token.used.1 > newest.used.0 + SAME_TOKEN);
        let refresh = if is_habit {
            Refresh::Late
        } else if age(newest) >= NEVER {
            Refresh::Never
        } else {
            Refresh::Unknown
        };
        Habit { refresh, issued: in_use.map(|token| token.issued.0).chain([newest.issued.0]).min() }
    }
}

/// Whether the first and the last token are those of a query's row, which only counts those in between, and so far apart that all can
/// have been issued to one file.
fn is_row_of_many(cell: &Cell, tokens: &[&Token]) -> bool {
    let [first, last] = tokens else { return false };
    let between = i64::try_from(cell.tokens_before).unwrap_or(i64::MAX);
    between > 0 && last.issued.0 - first.issued.1 >= APART.saturating_mul(between.saturating_add(1))
}

/// For how long a token was kept, in seconds.
fn age(token: &Token) -> i64 {
    token.used.1 - token.issued.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;

    /// Tokens by pod, issue and first and last use, in hours.
    fn cell(tokens: &[(u32, i64, i64, i64)]) -> Cell {
        let token = |&(pod, issued, first, last): &(u32, i64, i64, i64)| Token {
            pod,
            issued: (issued * HOUR, issued * HOUR + 5),
            used: (first * HOUR, last * HOUR),
        };
        Cell { tokens: tokens.iter().map(token).collect(), ..Cell::default() }
    }

    #[track_caller]
    fn is(tokens: &[(u32, i64, i64, i64)], keeps: bool, refresh: Refresh, issued: i64) {
        let habit = Habit::of(&cell(tokens), true, keeps);
        assert_eq!((habit.refresh, habit.issued), (refresh, Some(issued * HOUR)), "{tokens:?}");
    }

    #[test]
    fn tokens_after_each_other_are_a_habit() {
        let habit = [(1, 0, 2, 6), (1, 6, 8, 12), (1, 12, 14, 18)];
        is(&habit, false, Refresh::Late, 12);
        is(&habit, true, Refresh::Late, 12);
        is(&habit[1..], false, Refresh::Unknown, 12);
        // Each is kept for longer than those before.
        is(&[(1, 0, 2, 6), (1, 6, 8, 12), (1, 12, 14, 40)], false, Refresh::Never, 12);
        // Whose tokens they are is not known.
        let unknown = habit.map(|(_, issued, first, last)| (0, issued, first, last));
        is(&unknown, false, Refresh::Late, 12);
        is(&unknown, true, Refresh::Unknown, 12);
    }

    #[test]
    fn tokens_at_once_are_of_several_readers() {
        // What breaks first is the oldest that is still sent.
        is(&[(0, 0, 2, 20), (0, 6, 8, 20), (0, 12, 14, 20)], false, Refresh::Unknown, 0);
        is(&[(0, 0, 2, 6), (0, 6, 8, 20), (0, 12, 14, 20)], false, Refresh::Unknown, 6);
        is(&[(0, 0, 2, 40), (0, 6, 8, 40)], false, Refresh::Never, 0);
    }

    #[test]
    fn tokens_of_a_pod_that_came_again_are_no_habit() {
        is(&[(1, 0, 2, 6), (2, 6, 8, 12), (3, 12, 14, 18)], false, Refresh::Unknown, 12);
        is(&[(1, 0, 2, 6), (1, 6, 8, 12), (2, 12, 14, 60)], false, Refresh::Never, 12);
    }

    #[test]
    fn tokens_that_one_file_cannot_have_had_are_no_habit() {
        let mut quick = cell(&[(1, 0, 2, 2), (1, 0, 2, 2), (1, 0, 2, 2)]);
        for (token, at) in quick.tokens.iter_mut().zip([0, 100, 200]) {
            token.issued = (at, at);
        }
        assert_eq!(Habit::of(&quick, true, false).refresh, Refresh::Unknown);
    }

    #[test]
    fn rows_count_the_tokens_between() {
        let mut row = cell(&[(0, 0, 2, 2), (0, 12, 2, 14)]);
        row.tokens_before = 3;
        assert_eq!(Habit::of(&row, true, false).refresh, Refresh::Late);
        assert_eq!(Habit::of(&row, false, false).refresh, Refresh::Unknown);
        row.tokens_before = 30;
        assert_eq!(Habit::of(&row, true, false).refresh, Refresh::Unknown);
    }
}
