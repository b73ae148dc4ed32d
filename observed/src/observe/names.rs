//! Names: of tasks, by the type of their future; of resources, by the source
//! line that makes them.

use std::any::type_name;
use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;
use std::panic::Location;

/// The function whose future or closure this is the type name of, and whether
/// it is a block or closure within it: `app::download::{{closure}}` is
/// `download`.
pub(super) fn of_future(full: &'static str) -> (&'static str, bool) {
    let mut path = full;
    let mut closures = 0;
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
        closures += 1;
    }
    if closures == 0 {
        // A future that wraps another one, such as `TaskLocalFuture<u8, handle::{{closure}}>`,
        // is named after that.
        if let Some(inner) = last_argument(full).filter(|inner| inner.contains("{{closure}}")) {
            return of_future(inner);
        }
        // A type such as `Pin<Box<dyn Future>>` names no function.
        let path = path.split('<').next().unwrap_or(path);
        return (last_segment(path), true);
    }
    let path = match path.find('<') {
        Some(0) | None => path,
        Some(generics) => &path[..generics],
    };
    (last_segment(path.trim_end_matches("::")), closures > 1)
}

/// The last of a type's generic arguments.
fn last_argument(full: &'static str) -> Option<&'static str> {
    let (_, arguments) = full.strip_suffix('>')?.split_once('<')?;
    let mut depth = 0;
    let comma = arguments.rfind(|letter| {
        match letter {
            '>' => depth += 1,
            '<' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    Some(arguments[comma.map_or(0, |comma| comma + 1)..].trim_start())
}

fn last_segment(path: &'static str) -> &'static str {
    path.rsplit("::").next().unwrap_or(path)
}

/// Whether a task's output is an `Err`. Its type is only known to be any type:
/// the name says whether it is a `Result`, the discriminant which variant.
pub(super) fn is_err<T>(output: &T) -> bool {
    /// Keeps what is hashed: `Hash` is all that shows a discriminant's number.
    #[derive(Default)]
    struct Kept(Option<u8>);

    impl Hasher for Kept {
        fn write(&mut self, bytes: &[u8]) {
            self.0 = bytes.iter().copied().find(|byte| *byte != 0).or(Some(0));
        }

        fn finish(&self) -> u64 {
            0
        }
    }

    if !type_name::<T>().starts_with("core::result::Result<") {
        return false;
    }
    let mut kept = Kept::default();
    discriminant(output).hash(&mut kept);
    kept.0 == Some(1)
}

/// The name that a line's text gives to its task: what stands before the first
/// colon, where that is one word, or the word with a number at its end that
/// several begin with. Signs such as an emoji before it do not count, and a
/// participle says what was done, not by whom.
pub(super) fn of_line(text: &str) -> Option<&str> {
    let (name, rest) = text.split_once(':')?;
    let sign = |word: &str| !word.contains(char::is_alphanumeric);
    let name = match name.split_once(' ') {
        Some((first, name)) if sign(first) => name.trim_start(),
        _ => name,
    };
    let numbered = |word: &str| word.starts_with(char::is_alphabetic) && word.ends_with(digit);
    let name = match name.split_once(' ') {
        Some((first, _)) if numbered(first) => first,
        _ => name,
    };
    let word =
        |letter: char| letter.is_alphanumeric() || "-_.".contains(letter) || !letter.is_ascii();
    let fits = !name.is_empty() && name.chars().count() <= 24 && name.chars().all(word);
    let participle = name.ends_with("ed") || name.ends_with("ing");
    let ends = rest.is_empty() || rest.starts_with(' ');
    (fits && !participle && ends).then_some(name)
}

fn digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

/// The text of a source file. The compiler names it from the root of the
/// workspace, which may be above the current directory.
pub(super) fn source_file(file: &str) -> Option<Cow<'static, str>> {
    let here = std::env::current_dir().ok()?;
    let text = here
        .ancestors()
        .find_map(|above| std::fs::read_to_string(above.join(file)).ok())?;
    Some(Cow::Owned(text))
}

/// The variable or field that the resource made at this place is bound to, read
/// from the source file if that is there.
pub(super) fn of_resource(place: &Location<'_>, source: &str) -> Option<String> {
    let lines: Vec<&str> = source.lines().collect();
    let at = (place.line() as usize).checked_sub(1)?;
    let before = lines
        .get(at)?
        .get(..(place.column() as usize).checked_sub(1)?)?;
    bound(before).or_else(|| {
        // The statement may have begun above; a line that ends one is too far.
        let above = lines[..at].iter().rev().take(3);
        above
            .take_while(|line| !line.trim_end().ends_with(';'))
            .find_map(|line| bound(line))
    })
}

/// `let NAME =`, `static NAME:`, `NAME:` before the expression.
fn bound(before: &str) -> Option<String> {
    let after = |keyword: &str| {
        let at = before.rfind(keyword)?;
        let rest = before[at + keyword.len()..].trim_start();
        Some(rest.trim_start_matches("mut ").trim_start())
    };
    let words = ["let ", "static "]
        .iter()
        .find_map(|keyword| after(keyword));
    let name = if let Some(rest) = words {
        rest.split(['=', ':']).next()?
    } else {
        let field = before.trim_end().trim_end_matches("Arc::new(").trim_end();
        let field = field
            .strip_suffix(':')
            .filter(|field| !field.ends_with(':'))?;
        field
            .rsplit(|letter: char| !(letter.is_alphanumeric() || letter == '_'))
            .next()?
    };
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unused_async, reason = "its type has a name")]
    async fn download() {}

    fn name<F>(_: &F) -> (&'static str, bool) {
        of_future(type_name::<F>())
    }

    #[test]
    fn a_future_is_named_after_its_function() {
        assert_eq!(name(&download()), ("download", false));
        // A block of a plain function looks like an `async fn`.
        let block = async {};
        let function = "a_future_is_named_after_its_function";
        assert_eq!(name(&block), (function, false));
        let outer = async { name(&async {}) };
        let mut outer = std::pin::pin!(outer);
        let cx = &mut std::task::Context::from_waker(std::task::Waker::noop());
        let inner = Future::poll(outer.as_mut(), cx);
        assert_eq!(inner, std::task::Poll::Ready((function, true)));
        assert_eq!(name(&std::future::ready(1)), ("Ready", true));
    }

    #[test]
    fn a_wrapped_future_is_named_after_its_function() {
        tokio::task_local! {
            static ID: Vec<(u8, String)>;
        }
        let scoped = ID.scope(Vec::new(), download());
        assert_eq!(name(&scoped), ("download", false));
        assert_eq!(name(&Box::pin(download())), ("download", false));
        let twice = ID.scope(Vec::new(), Box::pin(download()));
        assert_eq!(name(&twice), ("download", false));
    }

    #[test]
    fn an_err_is_seen_whatever_its_type() {
        assert!(is_err(&Err::<u8, String>(String::new())));
        assert!(is_err(&Err::<(), ()>(())));
        assert!(is_err(&Err::<String, Box<dyn std::error::Error>>(
            "no".into()
        )));
        assert!(!is_err(&Ok::<u8, String>(1)));
        assert!(!is_err(&None::<u8>));
    }

    #[test]
    fn a_line_names_its_task_by_one_word_and_a_colon() {
        assert_eq!(of_line("Worker-1: Counter = 1"), Some("Worker-1"));
        assert_eq!(of_line("🔒 Worker-1: Counter = 1"), Some("Worker-1"));
        assert_eq!(of_line("🔨 ⚠️⚠️: Starting"), Some("⚠️⚠️"));
        assert_eq!(of_line("Caught exception: no"), None);
        assert_eq!(of_line("at 10:30"), None);
        assert_eq!(of_line("10:30"), None);
        assert_eq!(of_line("C1 consumed: P1-0"), Some("C1"));
        assert_eq!(of_line("10 requests: done"), None);
        assert_eq!(of_line("Produced: P1-0"), None);
        assert_eq!(of_line("Processing: high priority"), None);
    }

    #[test]
    fn a_resource_is_named_after_its_variable() {
        let cases = [
            ("let permits = Arc::new(", "permits"),
            ("    let mut left: Mutex<u8> = ", "left"),
            ("static LOCK: Mutex<u8> = ", "LOCK"),
            ("Self { free: ", "free"),
            ("    counter: Arc::new(", "counter"),
        ];
        for (before, name) in cases {
            assert_eq!(bound(before).as_deref(), Some(name), "{before}");
        }
        assert_eq!(bound("call("), None);
    }
}
