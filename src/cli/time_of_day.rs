//! The time of day: as it is typed, and as it is now.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Local, NaiveTime, Timelike as _, Utc};

/// A time of day, as time since midnight.
pub fn time_of_day(text: &str) -> Result<Duration, String> {
    NaiveTime::parse_from_str(text, "%H:%M:%S%.f")
        .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
        .map(since_midnight)
        .map_err(|_| "expected a time of day as HH:MM:SS.mmm, such as 08:49:08.869".to_owned())
}

/// The time of day.
#[expect(
    clippy::disallowed_methods,
    reason = "a run on the real clock shows the time of day"
)]
pub fn now() -> Duration {
    // Of a clock before 1970, too, on which `Local::now` panics.
    let now = SystemTime::now();
    since_midnight(if names_a_device(env::var_os("TZ")) {
        DateTime::<Utc>::from(now).time()
    } else {
        DateTime::<Local>::from(now).time()
    })
}

/// Whether TZ names something to read that is no file, such as a pipe, which
/// would keep its reader waiting.
fn names_a_device(zone: Option<OsString>) -> bool {
    let zone = zone.unwrap_or_default();
    let name = zone.as_bytes();
    let name = Path::new(OsStr::from_bytes(name.strip_prefix(b":").unwrap_or(name)));
    let mut places = ZONES.iter().map(|folder| Path::new(folder).join(name));
    places.any(|path| fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()))
}

/// Where time zones are kept, as chrono knows it; an absolute name replaces the
/// folder.
const ZONES: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/share/zoneinfo",
    "/etc/zoneinfo",
    "/usr/share/lib/zoneinfo",
];

fn since_midnight(time: NaiveTime) -> Duration {
    Duration::new(
        time.num_seconds_from_midnight().into(),
        time.nanosecond() % 1_000_000_000,
    )
}
