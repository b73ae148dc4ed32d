//! Values that no option has use for, or just about.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};

use clap::Arg;

use super::{spelled, value_name};

/// For options of any kind.
const ODD: [&str; 18] = [
    "",
    " ",
    "0",
    "-1",
    "1",
    "+1",
    "1000000",
    "1000001",
    "18446744073709551615",
    "18446744073709551616",
    "1e308",
    "NaN",
    "inf",
    "-",
    "--",
    "two\nlines",
    "\u{1b}[31m\u{1b}]0;title\u{7}\u{9b}2J",
    "\u{202e}שלום 👩‍👩‍👧",
];

/// At the edge of a kind, by the name that help gives it.
fn at_the_edge(kind: &str) -> &'static str {
    match kind {
        "DURATION" | "TOLERANCE" | "PERIOD" => {
            "0s 1ns 24h 86400.000000001s 999999999999999y -1s 1e3s .5s"
        }
        "LIST" | "LISTS" => {
            ", 1ms, ,1ms 1ms/ / 0s 24h A=0s A=1ms, A=1ms! A=1ms!! =1s A= A=1ms,A=1ms 1:a -1:a, : \
             99999999999:a"
        }
        "SHARE" => "0.5 -0 1.0000001 1e-400",
        "X" => "1000 0.001 1000.1",
        "TIME" => "12:34 24:00 23:59:60 23:59:59.9999999999 99:99:99",
        "COLUMNS" => "19 20 65535 65536",
        "SIZE" => "0B 1B 64MiB 16EiB 18446744073709551615B 99999999999GiB 1.5MiB",
        "FILE" => "/dev/null/x.json . x.json x.trace.json x.svg x.html x.cast",
        "DIR" => "/dev/null/x . x/y",
        _ => "",
    }
}

/// Something to type for an argument. Its words can be long: they are made when
/// they are needed.
pub struct Attempt<'a> {
    pub(super) arg: &'a Arg,
    form: Form,
    value: Value,
}

#[derive(Clone, Copy)]
enum Form {
    /// `--option`, or nothing
    Bare,
    /// `--option value`
    Apart,
    /// `--option=value --option=value`
    Twice,
}

/// A text, and how often it is repeated.
type Value = (OsString, usize);

/// All that is tried for an argument.
pub fn attempts(arg: &Arg) -> Vec<Attempt<'_>> {
    let values = odd_values(arg);
    let bare = [(Form::Bare, values[0].clone())];
    let forms = [Form::Apart, Form::Twice];
    let all = forms
        .into_iter()
        .flat_map(|form| values.iter().map(move |it| (form, it.clone())));
    let all = bare.into_iter().chain(all);
    all.map(|(form, value)| Attempt { arg, form, value })
        .collect()
}

impl Attempt<'_> {
    pub fn words(&self) -> Vec<OsString> {
        let (text, times) = &self.value;
        let mut value = text.as_bytes().repeat(*times);
        value.truncate(value.len() - usize::from(*times > 1)); // no comma at the end
        let value = OsString::from_vec(value);
        let option = spelled(self.arg).map(OsString::from);
        let joined = || match &option {
            Some(option) => [option, OsStr::new("="), &value].into_iter().collect(),
            None => value.clone(),
        };
        match self.form {
            Form::Bare => option.into_iter().collect(),
            Form::Apart => option.into_iter().chain([value]).collect(),
            Form::Twice => vec![joined(), joined()],
        }
    }
}

fn odd_values(arg: &Arg) -> Vec<Value> {
    let edge = at_the_edge(value_name(arg)).split_whitespace();
    let texts = ODD.into_iter().chain(edge).map(OsString::from);
    let possible = arg.get_possible_values();
    let possible = possible.iter().map(|value| value.get_name().into());
    let no_utf8 = OsString::from_vec(b"\xff\xfe\x80".to_vec());
    let short = texts.chain(possible).chain([no_utf8]);
    let long = ["xxxxxxxxxx", "1ms,", "A=1ms,", "A=1ms!,", "1:a,", "1ms/"];
    let long = long.map(|text| (text.into(), 10_000));
    short.map(|text| (text, 1)).chain(long).collect()
}
