//! `lab runs clean`: what no finished run needs.

use std::io::Write;

use anyhow::Result;
use indicatif::BinaryBytes;
use lab_runner::runs::{CleanPlan, Cleaned, Sum, What, clean as free, spare};
use serde_json::json;

use super::show::counted;
use crate::cli::{Format, RunsArgs};
use crate::events;
use crate::out::stdout;

/// Folders of a kind that are named before the others are only counted.
const N_NAMED: usize = 20;

pub(super) fn clean(args: &RunsArgs, yes: bool, toys: bool) -> Result<()> {
    let plan = spare(&args.runs, toys)?;
    plan.left.iter().for_each(|left| events::warn(left));
    if args.format == Format::Text {
        print(&plan, yes)?;
    }
    let cleaned = if yes {
        let cleaned = free(&plan)?;
        cleaned.left.iter().for_each(|left| events::warn(left));
        Some(cleaned)
    } else {
        None
    };
    let mut out = stdout();
    match args.format {
        Format::Text => writeln!(out, "{}", ended(&plan, cleaned.as_ref(), toys))?,
        Format::Json => {
            let facts = json!({ "plan": plan, "cleaned": cleaned });
            writeln!(out, "{facts:#}")?;
        }
    }
    Ok(())
}

fn print(plan: &CleanPlan, yes: bool) -> Result<()> {
    let mut out = stdout();
    let would = if yes { "Freeing" } else { "Would free" };
    for (what, one, which) in [
        (What::Stage, "stage", "that no finished run names"),
        (
            What::Leftover,
            "folder",
            "left unfinished or damaged; what they began is begun anew",
        ),
        (What::Toy, "run", "at toy size"),
    ] {
        let sum = plan.sum(what);
        if sum.n == 0 {
            continue;
        }
        let (counted, size) = (counted(sum.n, one), BinaryBytes(sum.bytes));
        writeln!(out, "{would} {counted} {which}, {size}:")?;
        let of_kind = plan.spare.iter().filter(|spare| spare.what == what);
        for spare in of_kind.take(N_NAMED) {
            let size = BinaryBytes(spare.bytes).to_string();
            writeln!(out, "  {size:>10}  {}", spare.path.display())?;
        }
        if sum.n > N_NAMED {
            writeln!(out, "  and {} more", sum.n - N_NAMED)?;
        }
    }
    Ok(())
}

/// A sentence on what was freed, or what would be.
fn ended(plan: &CleanPlan, cleaned: Option<&Cleaned>, toys: bool) -> String {
    if let Some(Cleaned { freed, .. }) = cleaned {
        return format!(
            "Freed {}, {}.",
            counted(freed.n, "folder"),
            BinaryBytes(freed.bytes)
        );
    }
    let sums = [What::Stage, What::Leftover, What::Toy].map(|what| plan.sum(what));
    let all = sums.iter().fold(Sum::default(), |all, sum| Sum {
        n: all.n + sum.n,
        bytes: all.bytes + sum.bytes,
    });
    if all.n == 0 {
        return "Nothing to free.".into();
    }
    let toy = if toys { " --toy" } else { "" };
    format!(
        "Together {}. Nothing was touched: lab runs clean{toy} --yes frees it.",
        BinaryBytes(all.bytes)
    )
}
