//! `lab bench`.

use std::io::Write;

use anyhow::Result;
use candle_core::Device;
use lab_bench::{Settings, bench as measure, worker};

use crate::cli::{BenchArgs, Format};
use crate::device::device;
use crate::out::stdout;

pub(crate) fn bench(args: &BenchArgs) -> Result<()> {
    if let Some(name) = &args.worker {
        return Ok(worker::work(name, args.quick, &device(&args.device)?)?);
    }
    // A device that is not there is known before anything is measured, and both sides go where `auto` leads.
    let name = match (args.device.as_str(), device(&args.device)?) {
        ("auto", Device::Cpu) => "cpu",
        ("auto", _) => "cuda",
        (name, _) => name,
    };
    let table = measure(&Settings {
        names: args.names.clone(),
        quick: args.quick,
        threads: args.threads,
        peer_python: args.peer_python.clone(),
        device: name.to_owned(),
    })?;
    let mut out = stdout();
    match args.format {
        Format::Text => write!(out, "{}", table.text())?,
        Format::Json => writeln!(out, "{:#}", serde_json::to_value(&table)?)?,
    }
    Ok(())
}
