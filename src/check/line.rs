//! What of a program's line is compared: its text, without time and icon.

/// A line without its time and its icon cell, as far as it has them. A line
/// that is `known` as it stands has none, whatever it looks like.
pub fn text_of(line: &str, known: impl Fn(&str) -> bool) -> &str {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let timeless = without_time(line);
    let bare = without_icon(timeless);
    let candidates = [line, timeless, bare, bare.strip_prefix(' ').unwrap_or(bare)];
    let found = candidates.into_iter().find(|text| known(text));
    found.unwrap_or(bare)
}

/// `[08:49:09.588] ✅ Downloaded file-0` from the icon on.
fn without_time(line: &str) -> &str {
    const SHAPE: &[u8] = b"[00:00:00.000] ";
    let is_time = line.len() >= SHAPE.len()
        && SHAPE
            .iter()
            .zip(line.bytes())
            .all(|(shape, byte)| match shape {
                b'0' => byte.is_ascii_digit(),
                shape => byte == *shape,
            });
    if is_time { &line[SHAPE.len()..] } else { line }
}

/// `✅ Downloaded file-0` and `   Downloaded file-0` from the text on.
fn without_icon(line: &str) -> &str {
    if let Some(text) = line.strip_prefix("   ") {
        return text;
    }
    match line.split_once(' ') {
        Some((icon, text)) if is_icon(icon) => text,
        _ => line,
    }
}

/// Whether it is a picture: neither letters nor ASCII, but for keycaps, whose
/// variation selector makes a picture of a digit. Bytes that are no UTF-8 are
/// none.
fn is_icon(word: &str) -> bool {
    let picture = |letter: char| !letter.is_ascii() && !letter.is_alphanumeric();
    let pictures = word.chars().all(picture) || word.contains('\u{fe0f}');
    pictures && !word.is_empty() && !word.contains(char::REPLACEMENT_CHARACTER)
}
