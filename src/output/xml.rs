//! Text in a picture or a page.

use std::fmt::{self, Write as _};

use super::chart::plain;

/// Text as XML and HTML want it, in elements and in attributes.
pub struct Xml<'a>(pub &'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in plain(self.0).chars() {
            match letter {
                '&' => f.write_str("&amp;"),
                '<' => f.write_str("&lt;"),
                '>' => f.write_str("&gt;"),
                '"' => f.write_str("&quot;"),
                '\'' => f.write_str("&#39;"),
                letter => f.write_char(letter),
            }?;
        }
        Ok(())
    }
}
