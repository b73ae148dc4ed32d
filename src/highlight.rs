//! Rust source as lines of looks: the compiler's own lexer, and a classifier
//! that looks no further than the next character.

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

use crate::output::{Line, Look, Piece};

const KEYWORDS: [&str; 38] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type",
    "unsafe", "use", "where", "while",
];

/// The lines of a Rust file. Text that is no Rust is left plain.
pub fn rust(source: &str) -> Vec<Line<'_>> {
    let mut lines = vec![Line::new()];
    let mut rest = source;
    let mut attribute = Attribute::default();
    for token in tokenize(source, FrontmatterAllowed::No) {
        let (text, after) = rest.split_at(token.len as usize);
        rest = after;
        let look = if attribute.covers(token.kind, after) {
            Look::Macro
        } else {
            look(token.kind, text, after)
        };
        for (nth, part) in text.split('\n').enumerate() {
            if nth > 0 {
                lines.push(Line::new());
            }
            if let Some(line) = lines.last_mut() {
                append(line, part.trim_end_matches('\r'), look);
            }
        }
    }
    lines.pop_if(|line| line.is_empty());
    lines
}

fn append<'a>(line: &mut Line<'a>, text: &'a str, look: Look) {
    match line.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.look == look => last.text.to_mut().push_str(text),
        _ => line.push(Piece::new(text, look)),
    }
}

fn look(kind: TokenKind, text: &str, after: &str) -> Look {
    match kind {
        TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => Look::Comment,
        TokenKind::Literal { kind, .. } => match kind {
            LiteralKind::Int { .. } | LiteralKind::Float { .. } => Look::Number,
            _ => Look::Text,
        },
        TokenKind::Lifetime { .. } | TokenKind::RawLifetime => Look::Macro,
        TokenKind::Ident if KEYWORDS.contains(&text) => Look::Keyword,
        TokenKind::Ident if after.starts_with('!') && !after.starts_with("!=") => Look::Macro,
        TokenKind::Ident if text.starts_with(char::is_uppercase) => Look::Type,
        TokenKind::Ident if after.starts_with(['(', '<']) || after.starts_with("::<") => {
            Look::Function
        }
        _ => Look::Plain,
    }
}

/// Follows `#[…]` to its closing bracket.
#[derive(Default)]
struct Attribute {
    opened: bool,
    depth: usize,
}

impl Attribute {
    fn covers(&mut self, kind: TokenKind, after: &str) -> bool {
        match kind {
            TokenKind::Pound if after.starts_with(['[', '!']) => self.opened = true,
            TokenKind::OpenBracket if self.opened => self.depth += 1,
            TokenKind::CloseBracket if self.opened => {
                self.depth = self.depth.saturating_sub(1);
                self.opened = self.depth > 0;
                return true;
            }
            _ => {}
        }
        self.opened && !matches!(kind, TokenKind::Literal { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demos::RECIPES;

    #[test]
    fn no_character_is_lost_or_added() {
        for recipe in RECIPES.iter() {
            let lines = rust(recipe.source);
            let again: Vec<String> = lines
                .iter()
                .map(|line| line.iter().map(|piece| &*piece.text).collect())
                .collect();
            assert_eq!(again, recipe.source.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn tells_names_from_words_of_the_language() {
        let lines = rust("let n = Foo::bar(1, \"a\nb\"); // why");
        let looks: Vec<_> = lines.iter().flatten().map(|p| (&*p.text, p.look)).collect();
        let expected = [
            ("let", Look::Keyword),
            (" n = ", Look::Plain),
            ("Foo", Look::Type),
            ("::", Look::Plain),
            ("bar", Look::Function),
            ("(", Look::Plain),
            ("1", Look::Number),
            (", ", Look::Plain),
            ("\"a", Look::Text),
            ("b\"", Look::Text),
            ("); ", Look::Plain),
            ("// why", Look::Comment),
        ];
        assert_eq!(looks, expected);
    }

    #[test]
    fn anything_at_all_is_lexed() {
        for source in [
            "",
            "\n",
            "#[",
            "]#[]]",
            "'",
            "\"",
            "/*",
            "r#\"",
            "№ 🦀",
            "#![x]\r\n",
        ] {
            rust(source);
        }
    }
}
