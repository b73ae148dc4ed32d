//! JSON that can be printed: what would command a terminal or reorder its text
//! is escaped, so that a string of a recording is text wherever it is shown.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Whether a terminal takes a character for a command, or for an order in
/// which to show the others: control characters, line and paragraph
/// separators, and the bidirectional embeddings, overrides and isolates of
/// [UAX #9](https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
pub fn commands_a_terminal(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes a value as JSON.
///
/// # Errors
///
/// When the value cannot be JSON, or `out` does not take it.
pub fn to_writer(out: impl Write, value: &impl Serialize) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping))
}

/// The value as JSON.
///
/// # Errors
///
/// When the value cannot be JSON.
pub fn to_string(value: &impl Serialize) -> serde_json::Result<String> {
    let mut text = Vec::new();
    to_writer(&mut text, value)?;
    String::from_utf8(text).map_err(serde::ser::Error::custom)
}

/// Compact JSON; `serde_json` itself escapes what is below a space, as JSON
/// demands.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // Most text is ASCII, where this is all that has to be looked for.
        if fragment.bytes().all(|byte| byte < 0x7f) {
            return out.write_all(fragment.as_bytes());
        }
        let mut plain = 0;
        for (at, letter) in fragment.char_indices() {
            if commands_a_terminal(letter) {
                out.write_all(&fragment.as_bytes()[plain..at])?;
                write!(out, "\\u{:04x}", u32::from(letter))?;
                plain = at + letter.len_utf8();
            }
        }
        out.write_all(&fragment.as_bytes()[plain..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped_and_read_back() {
        let text = "é\u{7f}\u{9b}2J\u{2028}\u{202e}\u{2066}\u{1b}\"🔒\u{200d}";
        let json = to_string(&text).expect("a string");
        let expected = r#""é\u007f\u009b2J\u2028\u202e\u2066\u001b\"🔒"#;
        assert_eq!(json, format!("{expected}\u{200d}\""));
        let again: String = serde_json::from_str(&json).expect("JSON");
        assert_eq!(again, text);
    }
}
