//! Completions and manual pages, as shells and `man` take them, and the
//! package that people install.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command as Bounded;
use asyncdemo::demos::RECIPES;

use crate::run::{BOUND, Run, is_there};

const SHELLS: [&str; 5] = ["bash", "zsh", "fish", "powershell", "elvish"];

/// A directory of its own for a test.
fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path); // The first time there is none.
    fs::create_dir_all(&path).expect("a directory");
    path
}

/// What a shell prints that has our completions, as `$1`, and no settings.
fn printed_by(shell: &str, options: &[&str], script: &str) -> String {
    let completions = directory(shell).join("completions");
    fs::write(&completions, Run::with(["completions", shell]).prints()).expect("a file");
    let output = Bounded::new(shell)
        .args(options)
        .args(["-c", script, shell])
        .arg(&completions)
        .timeout(BOUND)
        .output()
        .expect(shell);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && stderr.is_empty(),
        "{shell}: {stderr}"
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn every_shell_has_completions_for_every_recipe() {
    for shell in SHELLS {
        let script = Run::with(["completions", shell]).prints();
        for recipe in RECIPES.iter() {
            assert!(script.contains(&recipe.name), "{shell}: {}", recipe.name);
        }
        for word in ["time-limit", "against", "completions", "no-lock"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let told = Run::of("completions csh").complains_and_exits(2);
    assert!(
        told.contains("'csh' for '<SHELL>'; [possible values: bash,"),
        "{told}"
    );
}

/// What is typed, and what must be among the completions of its last word.
const TYPED: [(&str, &[&str]); 5] = [
    ("asyncdemo sema", &["semaphore"]),
    ("asyncdemo check sema", &["semaphore"]),
    ("asyncdemo check lock --ti", &["--timing", "--time-limit"]),
    ("asyncdemo verify as-comp", &["as-completed"]),
    ("asyncdemo completions p", &["powershell"]),
];

#[test]
fn bash_completes() {
    if !is_there("bash") {
        return;
    }
    for (typed, expected) in TYPED {
        let script = format!(
            "source \"$1\"; COMP_WORDS=({typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _asyncdemo asyncdemo \"${{COMP_WORDS[COMP_CWORD]}}\" \
             \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let offered = printed_by("bash", &["--norc"], &script);
        let offered: Vec<_> = offered.lines().collect();
        assert!(
            expected.iter().all(|word| offered.contains(word)),
            "{typed}: {offered:?}"
        );
    }
}

#[test]
fn fish_completes() {
    if !is_there("fish") {
        return;
    }
    for (typed, expected) in TYPED {
        let script = format!("source $argv[2]; complete -C '{typed}'");
        let offered = printed_by("fish", &["--no-config"], &script);
        let offered: Vec<_> = offered
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        assert!(
            expected.iter().all(|word| offered.contains(word)),
            "{typed}: {offered:?}"
        );
    }
}

#[test]
fn zsh_takes_the_completions() {
    if !is_there("zsh") {
        return;
    }
    let script = "autoload -U compinit && compinit -D -u && source $1 && print $_comps[asyncdemo]";
    assert_eq!(printed_by("zsh", &["-f"], script), "_asyncdemo\n");
}

#[test]
fn there_is_a_manual_page_for_everything() {
    let dir = directory("man").join("man1");
    Run::with(["man", "--dir", &dir.to_string_lossy()]).prints();
    let page = |name: &str| {
        let path = dir.join(format!("{name}.1"));
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    assert_eq!(page("asyncdemo"), Run::of("man").prints());
    for recipe in RECIPES.iter() {
        let page = page(&format!("asyncdemo-{}", recipe.name));
        for part in [".SH NAME", ".SH OPTIONS", ".SH EXAMPLES", "asyncdemo 0."] {
            assert!(page.contains(part), "{}: {part}", recipe.name);
        }
    }
    for command in ["list", "tour", "verify", "check", "completions", "man"] {
        assert!(
            page(&format!("asyncdemo-{command}")).contains(".SH DESCRIPTION"),
            "{command}"
        );
    }
    let told = Run::of("man --dir Cargo.toml").complains_and_exits(1);
    assert!(
        told.starts_with("error: cannot make 'Cargo.toml': "),
        "{told}"
    );
    reads_well(&dir);
}

/// Neither `man` nor the formatter behind it finds fault with a page.
fn reads_well(dir: &PathBuf) {
    if !is_there("man") || !is_there("groff") {
        return;
    }
    for page in fs::read_dir(dir).expect("the pages") {
        let page = page.expect("a page").path();
        let output = Bounded::new("man")
            .args(["--warnings", "--encoding=UTF-8", "--local-file", "-Tutf8"])
            .arg(&page)
            .env("LC_ALL", "C.UTF-8")
            .env("MANROFFSEQ", "")
            .env("MANWIDTH", "80")
            .timeout(BOUND)
            .output()
            .expect("man");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && stderr.is_empty(),
            "{}: {stderr}",
            page.display()
        );
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("(1)"), "{text}");
    }
}

/// All that `include_str!` and the tests read is in the package.
#[test]
fn the_package_has_every_file_that_it_needs() {
    let output = Bounded::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .timeout(BOUND)
        .output()
        .expect("cargo");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let files = String::from_utf8_lossy(&output.stdout).into_owned();
    let is_or_is_in = |packed: &str, path: &str| {
        packed
            .strip_prefix(path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let has = |path: &str| files.lines().any(|packed| is_or_is_in(packed, path));
    for folder in [
        "demos",
        "tests",
        "tests/walkthrough",
        "tests/expected",
        "tests/it",
    ] {
        for entry in fs::read_dir(folder).expect(folder) {
            let path = entry.expect("an entry").path();
            let file = path.display().to_string();
            // tests/examples is a package of its own.
            let other = path.join("Cargo.toml").exists();
            assert!(other || has(&file), "{file} is not in the package");
        }
    }
    for file in [
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "Cargo.lock",
        "CHANGELOG.md",
    ] {
        assert!(has(file), "{file} is not in the package");
    }
}
