//! The icon of a printed line.

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
    let Some((icon, columns)) = clusters(line).next() else {
        return ("", line);
    };
    let emoji =
        !icon.chars().any(char::is_alphanumeric) && (columns == 2 || icon.ends_with('\u{fe0f}'));
    match line[icon.len()..].strip_prefix(' ') {
        Some(text) if emoji => (icon, text.trim_start()),
        _ => ("", line),
    }
}
