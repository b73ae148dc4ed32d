//! How many columns text takes on a terminal. The log, the pictures and the
//! player all measure here, one grapheme cluster at a time: that is how ratatui
//! and terminals place text, and the sum never differs from its parts.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;

/// Marks where text was cut.
const CUT: char = '…';

/// The grapheme clusters of a text, and how many columns each of them takes.
pub fn clusters(text: &str) -> impl DoubleEndedIterator<Item = (&str, usize)> {
    text.graphemes(true)
        .map(|cluster| (cluster, columns(cluster)))
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.len();
    }
    clusters(text).map(|(_, columns)| columns).sum()
}

/// A text that takes `most` columns at most. If it takes more, its end is cut
/// off and `…` added; no cluster is ever split.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    cut(text, most, CUT)
}

/// As [`shortened`], with another sign than `…`, which must take one column.
pub fn cut(text: &str, most: usize, sign: char) -> Cow<'_, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let Some(room) = most.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let head = fitting(clusters(text), room);
    Cow::Owned(text[..head].to_owned() + sign.encode_utf8(&mut [0; 4]))
}

/// As [`shortened`], but it is the middle that is cut out: the end of a name
/// often tells it from other names.
pub fn without_middle(text: &str, most: usize) -> Cow<'_, str> {
    if width(text) <= most {
        return Cow::Borrowed(text);
    }
    let Some(room) = most.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let head = fitting(clusters(text), room - room / 2);
    let tail = text.len() - fitting(clusters(text).rev(), room / 2);
    Cow::Owned([&text[..head], &text[tail..]].join(CUT.encode_utf8(&mut [0; 4])))
}

/// A text with spaces behind it, so that it takes `columns` at least.
pub fn padded(text: &str, columns: usize) -> String {
    text.to_owned() + &spaces(columns.saturating_sub(width(text)))
}

/// So many spaces. Unlike a width in a format string, there may be more than
/// 65,535 of them.
pub fn spaces(count: usize) -> String {
    " ".repeat(count)
}

/// How many bytes the clusters take that fit into so many columns.
fn fitting<'a>(clusters: impl Iterator<Item = (&'a str, usize)>, room: usize) -> usize {
    let mut used = 0_usize;
    clusters
        .take_while(|(_, columns)| {
            used = used.saturating_add(*columns);
            used <= room
        })
        .map(|(cluster, _)| cluster.len())
        .sum()
}

/// The columns of one cluster. Control characters take none, because ratatui
/// and the pictures leave them out.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that measures"
)]
fn columns(cluster: &str) -> usize {
    if cluster.contains(char::is_control) {
        return 0;
    }
    unicode_width::UnicodeWidthStr::width(cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_take_the_columns_that_terminals_give_them() {
        let texts = [
            ("", 0),
            ("plain", 5),
            ("日本", 4),
            ("é", 1),
            ("e\u{301}\u{302}", 1),
            ("⚠", 1),
            ("⚠\u{fe0f}", 2),
            ("⚠\u{fe0f}⚠\u{fe0f}", 4),
            ("1\u{fe0f}\u{20e3}", 2),
            ("👩‍👩‍👧", 2),
            ("👍🏽", 2),
            ("🇩🇪🇫🇷", 4),
            ("a\u{200b}b\u{feff}", 2),
            ("שלום", 4),
            ("\u{202e}a\u{202c}", 1),
            ("a\u{7}\u{1b}\r\nb\u{9b}", 2),
            ("ｶﾞ", 2),
        ];
        for (text, columns) in texts {
            assert_eq!(width(text), columns, "{text:?}");
            assert_eq!(
                width(&padded(text, columns + 3)),
                columns + 3,
                "{text:?} with spaces"
            );
        }
    }

    #[test]
    fn text_is_cut_between_clusters() {
        assert_eq!(shortened("⚠\u{fe0f}⚠\u{fe0f}", 4), "⚠\u{fe0f}⚠\u{fe0f}");
        assert_eq!(shortened("⚠\u{fe0f}⚠\u{fe0f}", 3), "⚠\u{fe0f}…");
        assert_eq!(shortened("⚠\u{fe0f}⚠\u{fe0f}", 2), "…");
        assert_eq!(shortened("👩‍👩‍👧👩‍👩‍👧", 3), "👩‍👩‍👧…");
        assert_eq!(shortened("plain", 1), "…");
        assert_eq!(shortened("plain", 0), "");
        assert_eq!(cut("plain", 3, '~'), "pl~");
        assert_eq!(without_middle("worker-12", 6), "wor…12");
        assert_eq!(without_middle("🇩🇪🇫🇷🇩🇪🇫🇷", 5), "🇩🇪…🇫🇷");
        assert_eq!(without_middle("🇩🇪🇫🇷", 0), "");
    }
}
