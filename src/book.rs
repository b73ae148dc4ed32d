//! What the recipes' own files say about themselves: their pages, their
//! source, and the notes at the ends of their lines.

use crate::demos;
use crate::recording::Place;

/// The `//!` page at the top of a recipe's file, in Markdown.
pub struct Page {
    text: String,
}

impl Page {
    /// The page of a source file.
    pub fn of(source: &str) -> Self {
        let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
        let text = lines.fold(String::new(), |text, line| {
            text + line.strip_prefix(' ').unwrap_or(line) + "\n"
        });
        Self { text }
    }

    /// All of it, as it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first line: what the recipe is about.
    pub fn title(&self) -> &str {
        title(&self.text)
    }

    /// What stands between the title and the first section: what to watch for.
    pub fn introduction(&self) -> &str {
        let begin = self.text.find('\n').map_or(self.text.len(), |end| end + 1);
        let end = self.headings().map(|(start, _)| start).next();
        let text = self.text.get(begin..end.unwrap_or(self.text.len()));
        text.unwrap_or_default().trim() // None where the first line is a heading.
    }

    /// A section's text, without its heading.
    pub fn section(&self, heading: &str) -> Option<&str> {
        self.sections()
            .find(|(name, _)| *name == heading)
            .map(|(_, text)| text)
    }

    /// All sections in their order: heading and text.
    pub fn sections(&self) -> impl Iterator<Item = (&str, &str)> {
        let ends = self
            .headings()
            .skip(1)
            .map(|(start, _)| start)
            .chain([self.text.len()]);
        self.headings().zip(ends).map(|((start, heading), end)| {
            let text = &self.text[start..end];
            (
                heading,
                text.split_once('\n').map_or("", |(_, text)| text).trim(),
            )
        })
    }

    /// Where each section's heading begins, and what it says. A `#` within a
    /// block of code is no heading.
    fn headings(&self) -> impl Iterator<Item = (usize, &str)> {
        let (mut at, mut in_code) = (0, false);
        self.text.split_inclusive('\n').filter_map(move |line| {
            let start = at;
            at += line.len();
            in_code ^= line.starts_with("```");
            let heading = line.strip_prefix("# ").filter(|_| !in_code)?;
            Some((start, heading.trim_end()))
        })
    }

    /// The commands of the section `Try`, without their prompts.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        let lines = self.section("Try").unwrap_or_default().lines();
        lines.filter_map(|line| line.strip_prefix("$ "))
    }
}

/// The first line of a page or of the file that it stands in.
pub fn title(text: &str) -> &str {
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("//! ").trim_end_matches('.')
}

/// How many lines of a recipe's file its page takes, with the empty one below.
pub fn lines_of_page(source: &str) -> usize {
    let page = source.lines().take_while(|line| line.starts_with("//!"));
    page.count() + 1
}

/// The trailing comment on a line of a recipe's file, or at the end of the call
/// that begins there: a note for the class.
pub fn note(at: Place<'_>) -> Option<&'static str> {
    let recipe = demos::RECIPES
        .iter()
        .find(|recipe| recipe.file == at.file)?;
    note_in(recipe.source, at.line)
}

fn note_in(source: &str, line: u32) -> Option<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut lines = source.lines().skip(line.checked_sub(1)? as usize);
    let mut line = lines.next()?;
    if line.ends_with('(') {
        // rustfmt closes a call of several lines at the indent that it began at.
        line = lines.find(|later| indent(later) == indent(line))?;
    }
    let (code, note) = line.rsplit_once(" // ")?;
    (!code.trim().is_empty()).then(|| note.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "//! A title.\n//!\n//! What to watch.\n//!\n//! # One\n//!\n//! ```python\n\
                          //! # no heading\n//! ```\n//!\n//! # Try\n//!\n//! ```console\n\
                          //! $ asyncdemo x\n//! ```\n\nuse std;\n";

    #[test]
    fn a_page_has_a_title_an_introduction_and_sections() {
        let page = Page::of(SOURCE);
        assert_eq!(
            (page.title(), page.introduction()),
            ("A title", "What to watch.")
        );
        let sections: Vec<_> = page.sections().collect();
        assert_eq!(sections[0], ("One", "```python\n# no heading\n```"));
        assert_eq!(sections[1].0, "Try");
        assert_eq!(page.commands().collect::<Vec<_>>(), ["asyncdemo x"]);
    }

    #[test]
    fn a_file_without_a_page_has_an_empty_one() {
        let page = Page::of("fn main() {}\n");
        assert_eq!(
            (page.title(), page.introduction(), page.sections().count()),
            ("", "", 0)
        );
    }

    #[test]
    fn a_note_stands_at_the_end_of_its_call() {
        let source =
            "a(1); // one\nfor b {\n    b(\n        2,\n    ); // two\n    // c\n    c();\n}\n";
        let notes = (0..=9).filter_map(|line| Some((line, note_in(source, line)?)));
        // Line 5 is where the call of line 3 ends.
        assert!(notes.eq([(1, "one"), (3, "two"), (5, "two")]));
    }
}
