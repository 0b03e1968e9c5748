//! `lab bench`.

use anyhow::Result;

use crate::bench::{self, worker};
use crate::cli::BenchArgs;

pub(crate) fn bench(args: &BenchArgs) -> Result<()> {
    match &args.worker {
        Some(name) => worker::work(name, args.quick),
        None => bench::bench(args),
    }
}
