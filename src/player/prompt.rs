//! A line that is being typed.

/// What it is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The run's options.
    Options,
    /// A moment to go to.
    Time,
    /// A word to look for in the log.
    Search,
    /// A file to write the recording to.
    File,
}

impl Purpose {
    /// What stands before the line.
    pub fn label(self) -> &'static str {
        match self {
            Purpose::Options => "options",
            Purpose::Time => "go to",
            Purpose::Search => "search",
            Purpose::File => "write to",
        }
    }
}

/// A line, where its cursor is, and what was wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What it is for.
    pub purpose: Purpose,
    text: String,
    /// In bytes, between two characters.
    cursor: usize,
    /// Why it was not accepted.
    pub error: Option<String>,
}

/// What can be done to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Takes away the character before the cursor.
    Backspace,
    /// Takes away the character after it.
    Delete,
    /// Takes away all of them.
    Clear,
    /// One character to the left.
    Left,
    /// One character to the right.
    Right,
    /// To the line's beginning.
    Home,
    /// To its end.
    End,
}

impl Prompt {
    /// A line that says `text` already.
    pub fn new(purpose: Purpose, text: String) -> Self {
        let cursor = text.len();
        Self {
            purpose,
            text,
            cursor,
            error: None,
        }
    }

    /// What has been typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub fn before_cursor(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Types; what cannot be seen is left out.
    pub fn insert(&mut self, text: &str) {
        let text: String = text.chars().filter(|c| !c.is_control()).collect();
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
        self.error = None;
    }

    /// Changes what has been typed.
    pub fn edit(&mut self, edit: Edit) {
        let before = self.before_cursor().chars().next_back();
        let after = self.text[self.cursor..].chars().next();
        match edit {
            Edit::Backspace => {
                if let Some(c) = before {
                    self.cursor -= c.len_utf8();
                    self.text.remove(self.cursor);
                }
            }
            Edit::Delete => {
                if after.is_some() {
                    self.text.remove(self.cursor);
                }
            }
            Edit::Clear => {
                self.text.clear();
                self.cursor = 0;
            }
            Edit::Left => self.cursor -= before.map_or(0, char::len_utf8),
            Edit::Right => self.cursor += after.map_or(0, char::len_utf8),
            Edit::Home => self.cursor = 0,
            Edit::End => self.cursor = self.text.len(),
        }
        self.error = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_takes_back_whole_characters() {
        let mut prompt = Prompt::new(Purpose::Search, "añ".to_owned());
        prompt.edit(Edit::Left);
        prompt.insert("🦀\n");
        assert_eq!((prompt.text(), prompt.before_cursor()), ("a🦀ñ", "a🦀"));
        prompt.edit(Edit::Delete);
        prompt.edit(Edit::Backspace);
        assert_eq!(prompt.text(), "a");
        for edit in [
            Edit::Home,
            Edit::Backspace,
            Edit::Left,
            Edit::End,
            Edit::Right,
            Edit::Delete,
        ] {
            prompt.edit(edit);
        }
        assert_eq!((prompt.text(), prompt.before_cursor()), ("a", "a"));
    }
}
