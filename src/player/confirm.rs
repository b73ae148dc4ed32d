//! A question before a command runs that comes from a file: the file may be
//! anyone's, and a recipe's options may be commands for a shell.

use super::piece::{Origin, Piece};
use crate::output::width::width;
use crate::recipe::Recipe;
use crate::recording::json::commands_a_terminal;

/// What would run, for the user to read and to confirm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// The whole command line, as letters that can be seen.
    pub command: String,
    /// Whether the file's options are left out because they are commands.
    pub without_options: bool,
    /// Whether all of it is on the screen. Until then it cannot be confirmed.
    pub in_sight: bool,
    piece: Piece,
    beside: bool,
}

impl Confirm {
    /// Asks before `piece` runs. Of a recipe whose options are commands it is
    /// the recipe with its own options that may run, beside nothing.
    pub fn new(recipe: &Recipe, piece: Piece, beside: bool) -> Self {
        let without_options = recipe.needs.runs_commands;
        let (piece, beside) = if without_options {
            (
                Piece {
                    schedule: piece.schedule,
                    ..Piece::of_recipe(piece.number, piece.seed)
                },
                false,
            )
        } else {
            (piece, beside)
        };
        let words = piece.words();
        let words = words.iter().map(|word| " ".to_owned() + &visible(word));
        let command = format!("asyncdemo {}", recipe.name) + &words.collect::<String>();
        let schedule = match piece.schedule {
            0 => String::new(),
            number => format!(" --schedule {number}"),
        };
        Self {
            command: format!("{command} --seed {}{schedule}", piece.seed),
            without_options,
            in_sight: false,
            piece,
            beside,
        }
    }

    /// What the user has confirmed, and whether it stands beside the run on
    /// the screen; nothing as long as part of it is out of sight.
    pub fn accept(&self) -> Option<(Piece, bool)> {
        let piece = Piece {
            origin: Origin::Session,
            ..self.piece.clone()
        };
        self.in_sight.then_some((piece, self.beside))
    }
}

/// A word as one would type it. What cannot be seen is shown as an escape.
fn visible(word: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || "-_=.,:/%+@".contains(letter);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    let mut text = String::from("'");
    for letter in word.chars() {
        let hidden = commands_a_terminal(letter)
            || letter != ' ' && letter.is_whitespace()
            || width(letter.encode_utf8(&mut [0; 4])) == 0;
        match letter {
            '\'' => text += r"'\''",
            _ if hidden => text.extend(letter.escape_unicode()),
            _ => text.push(letter),
        }
    }
    text + "'"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::RECIPES;

    fn confirm(name: &str, options: &[&str]) -> Confirm {
        let number = RECIPES.iter().position(|recipe| recipe.name == name);
        let number = number.expect(name);
        let piece = Piece {
            options: options.iter().map(ToString::to_string).collect(),
            origin: Origin::File,
            ..Piece::of_recipe(number, 7)
        };
        Confirm::new(&RECIPES[number], piece, true)
    }

    #[test]
    fn everything_that_would_run_can_be_seen() {
        let asked = confirm("lock", &["--workers", "3\u{1b}[2K\u{200b}", "it's\ta", ""]);
        let expected = r"asyncdemo lock --workers '3\u{1b}[2K\u{200b}' 'it'\''s\u{9}a' '' --seed 7";
        assert_eq!(asked.command, expected);
    }

    #[test]
    fn commands_of_a_file_are_left_out() {
        let mut asked = confirm("subprocess", &["touch PWNED"]);
        assert_eq!(asked.command, "asyncdemo subprocess --seed 7");
        assert!(asked.without_options);
        asked.in_sight = true;
        let (piece, beside) = asked.accept().expect("it can be seen");
        assert_eq!((piece.words(), beside), (Vec::new(), false));
    }

    #[test]
    fn what_is_out_of_sight_is_not_confirmed() {
        let mut asked = confirm("lock", &["--workers", "4"]);
        assert_eq!(asked.accept(), None);
        asked.in_sight = true;
        let (piece, beside) = asked.accept().expect("it can be seen");
        assert_eq!(piece.words(), ["--workers", "4"]);
        assert_eq!((piece.origin, beside), (Origin::Session, true));
    }
}
