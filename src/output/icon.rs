//! The icon of a printed line.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::width::clusters;

/// The leading emoji of a line, and the text behind it. Where there is none,
/// the icon is empty.
///
/// ```
/// use asyncdemo::output::icon::split;
///
/// assert_eq!(split("📥 Downloading"), ("📥", "Downloading"));
/// assert_eq!(split("⏱️  Timeout"), ("⏱️", "Timeout"));
/// assert_eq!(split("漢 is no icon"), ("", "漢 is no icon"));
/// ```
pub fn split(line: &str) -> (&str, &str) {
    match line.split_once(' ') {
        Some((word, text)) if !word.is_ascii() && is_icon(word) => (word, text.trim_start()),
        _ => ("", line),
    }
}

/// Whether a word is an icon, by heart where it was asked lately: a log has few
/// icons and many lines.
fn is_icon(word: &str) -> bool {
    const LATELY: usize = 16;
    thread_local! {
        static KNOWN: RefCell<VecDeque<(Box<str>, bool)>> = const { RefCell::new(VecDeque::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, is)) = known.iter().find(|(other, _)| **other == *word) {
            return *is;
        }
        known.truncate(LATELY - 1);
        known.push_front((word.into(), looks_like_icon(word)));
        known[0].1
    })
}

fn looks_like_icon(word: &str) -> bool {
    let first = clusters(word).next();
    first.is_some_and(|(icon, columns)| {
        icon == word
            && !icon.chars().any(char::is_alphanumeric)
            && (columns == 2 || icon.ends_with('\u{fe0f}'))
    })
}
