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

    /// The first line: what the recipe is about.
    pub fn title(&self) -> &str {
        self.text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches('.')
    }

    /// What stands between the title and the first section: what to watch for.
    pub fn introduction(&self) -> &str {
        let rest = self.text.split_once('\n').map_or("", |(_, rest)| rest);
        rest.split("\n# ").next().unwrap_or_default().trim()
    }

    /// A section's text, without its heading.
    pub fn section(&self, heading: &str) -> Option<&str> {
        self.sections()
            .find(|(name, _)| *name == heading)
            .map(|(_, text)| text)
    }

    /// All sections in their order: heading and text.
    pub fn sections(&self) -> impl Iterator<Item = (&str, &str)> {
        let sections = self.text.split("\n# ").skip(1);
        sections
            .filter_map(|part| part.split_once('\n'))
            .map(|(name, text)| (name, text.trim()))
    }

    /// The commands of the section `Try`, without their prompts.
    pub fn commands(&self) -> impl Iterator<Item = &str> {
        let lines = self.section("Try").unwrap_or_default().lines();
        lines.filter_map(|line| line.strip_prefix("$ "))
    }
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

    #[test]
    fn a_note_stands_at_the_end_of_its_call() {
        let source =
            "a(1); // one\nfor b {\n    b(\n        2,\n    ); // two\n    // c\n    c();\n}\n";
        let notes = (0..=9).filter_map(|line| Some((line, note_in(source, line)?)));
        // Line 5 is where the call of line 3 ends.
        assert!(notes.eq([(1, "one"), (3, "two"), (5, "two")]));
    }
}
