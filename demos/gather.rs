//! Gather: many results at once, in the order of asking.
//!
//! Three sites are asked at the same time; the first answers at once, each
//! further one half a second later. Watch that nothing is printed before the
//! last answer is there, and that the answers then come in the order of the
//! questions, whoever was fastest.
//!
//! # Key insight
//!
//! Gathering keeps a place for each result. Speed decides when all of them are
//! there; the order in which they were asked decides where each one stands.
//!
//! # In asyncio
//!
//! | asyncio | tokio |
//! |---|---|
//! | `await asyncio.gather(*requests)` | `try_join_all(requests).await?` |
//! | the same with `return_exceptions=True` | `join_all(requests).await`, a `Result` each |
//! | `a, b = await asyncio.gather(x(), y())` | `let (a, b) = tokio::join!(x(), y());` |
//!
//! ```python
//! import asyncio
//!
//!
//! async def fetch(number):
//!     await asyncio.sleep(0.5 * (number - 1))
//!     return f"Response from site{number}.com"
//!
//!
//! async def main():
//!     for response in await asyncio.gather(*map(fetch, [1, 2, 3])):
//!         print(response)
//!
//!
//! asyncio.run(main())
//! ```
//!
//! # When to use
//!
//! Where the work can go on only with all results together. If each is useful on
//! its own, see `as-completed`; if one is enough, `first-completed`.
//!
//! # Pitfalls
//!
//! - The first error hides the results of those that succeeded, unless they are
//!   asked for: compare `--fail 2` with `--fail 2 --keep-errors`.
//! - After the first error `try_join_all` drops the other requests where they
//!   stand. asyncio's `gather` lets them run on, and nobody hears of their ends.
//! - Gathered futures share one task, and so one thread. What computes for long
//!   is spawned first, and its handle gathered.
//!
//! # Try
//!
//! ```console
//! $ asyncdemo gather --sites 5 --step 100ms
//! $ asyncdemo gather --fail 2
//! $ asyncdemo gather --fail 2 --keep-errors
//! ```

use std::time::Duration;

use anyhow::ensure;
use futures_util::future::{join_all, try_join_all};
use tokio::time::sleep;

use crate::recipe::Demo;
use crate::stage::{Lane, Stage, count, duration};

/// Options of the recipe.
#[derive(clap::Args, Clone, Debug)]
pub struct Gather {
    /// How many sites are asked
    #[arg(long, value_name = "COUNT", value_parser = count, default_value = "3")]
    sites: usize,

    /// How much longer each site takes than the one before; the first answers at once
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "500ms")]
    step: Duration,

    /// The site that fails; 1 is the first [default: none]
    #[arg(long, value_name = "COUNT", value_parser = count)]
    fail: Option<usize>,

    /// Gathers errors like responses, instead of ending at the first one
    #[arg(long)]
    keep_errors: bool,
}

impl Demo for Gather {
    async fn run(self, stage: Stage) -> anyhow::Result<()> {
        let mut requests = Vec::new();
        let mut time = Duration::ZERO;
        for number in 1..=self.sites {
            let lane = stage.lane(format_args!("site{number}.com"));
            requests.push(fetch(lane, time, self.fail == Some(number)));
            time += self.step;
        }

        if self.keep_errors {
            for answer in join_all(requests).await {
                match answer {
                    Ok(response) => stage.say("✅", response),
                    Err(error) => stage.say("❌", format_args!("{error}; the others are kept")), // an error is a result like any other
                }
            }
            return Ok(());
        }
        match try_join_all(requests).await {
            Ok(responses) => {
                for response in responses {
                    stage.say("✅", response); // in the order of asking, whoever was fastest
                }
            }
            Err(error) => stage.say("❌", format_args!("{error}; the others are lost")), // even those that had answered by then
        }
        Ok(())
    }
}

async fn fetch(lane: Lane, time: Duration, fails: bool) -> anyhow::Result<String> {
    lane.works_on("answering", sleep(time)).await;
    ensure!(!fails, "Error from {lane}");
    Ok(format!("Response from {lane}"))
}
