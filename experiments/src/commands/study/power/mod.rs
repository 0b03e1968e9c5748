//! `lab study power`: what a study could tell, before anybody decides.

mod table;
mod text;

use std::fs;
use std::io::Write;
use std::sync::Arc;

use anyhow::{Result, bail};
use lab_core::Error;
use lab_core::events::{Event, EventSink};
use lab_score::study::power::{Dependence, Design, Level, Price, Simulation, curve, paper};
use serde_json::json;

use crate::cli::{Format, StudyPowerArgs};
use crate::events::Events;
use crate::out::stdout;
use crate::stop;

/// Steps of the curve from chance to twice the effect that was asked for.
const N_STEPS: usize = 6;
/// Seconds of consent and instructions for each person.
const SECONDS_A_RATER: f64 = 120.0;

pub(super) fn power(args: &StudyPowerArgs) -> Result<()> {
    let asked = asked(args)?;
    let cost = asked.design.cost(price(args), args.fee);
    let n_studies = (asked.n_studies / 10).max(100);
    let shares = shares(asked.share);
    let total = (asked.n_studies + shares.len() * n_studies) as u64;
    let events = Arc::new(Events::new(stop::on_request()?));
    let found = events.during("power", || {
        let progress = |done: usize| {
            let event = Event::Progress {
                done: done as u64,
                total,
                unit: "studies",
                state: "",
            };
            events.event("power", &event);
        };
        curve(&asked, &shares, n_studies, &progress)
    })?;
    if let Some(out) = &args.out {
        fs::create_dir_all(out).map_err(Error::io("creating", out))?;
        table::write(&found, out)?;
        lab_reports::charts::write_power(&found, out)?;
    }
    let paper = paper();
    let mut out = stdout();
    match args.format {
        Format::Text => write!(out, "{}", text::text(&found, &cost, &paper))?,
        Format::Json => {
            let all = json!({ "curve": found, "cost": cost, "paper": paper });
            writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        }
    }
    if let Some(folder) = args.out.as_ref().filter(|_| args.format == Format::Text) {
        writeln!(out, "{}", folder.display())?;
    }
    Ok(())
}

fn asked(args: &StudyPowerArgs) -> Result<Simulation> {
    let most = args.images / 2;
    if args.trials > most {
        bail!(
            "--trials {} of {} images: nobody may see an image or a reconstruction twice, so that a person decides at most {most} times\n  \
             hint: more decisions come from more people: --raters",
            args.trials,
            args.images
        );
    }
    if !(0.0 < args.share && args.share < 1.0) {
        bail!(
            "--share {}: expected a share between 0 and 1, such as 0.644",
            args.share
        );
    }
    if args.fee < 0.0
        || args.price < 0.0
        || args.hour.is_some_and(|hour| hour < 0.0)
        || args.seconds <= 0.0
    {
        bail!("--price, --hour, --fee and --seconds: expected nothing below zero");
    }
    Ok(Simulation {
        design: Design::of_raters(args.images, args.foils, args.raters, args.trials),
        share: args.share,
        dependence: Dependence {
            image: args.rho_image,
            distractor: args.rho_distractor,
            rater: args.rho_rater,
        },
        level: Level::one_sided(args.alpha),
        n_studies: args.studies as usize,
        n_mixed: args.mixed.min(args.studies) as usize,
        seed: args.seed,
    })
}

fn price(args: &StudyPowerArgs) -> Price {
    match args.hour {
        None => Price::Decision { price: args.price },
        Some(price) => Price::Hour {
            price,
            seconds_a_decision: args.seconds,
            seconds_a_rater: SECONDS_A_RATER,
        },
    }
}

/// True shares around the one that was asked for: chance, where a test must not find anything, and steps up to twice the
/// effect.
fn shares(asked: f64) -> Vec<f64> {
    let effect = (asked - 0.5).abs().clamp(0.02, 0.24);
    (0..=N_STEPS)
        .map(|step| 0.5 + 2.0 * effect * step as f64 / N_STEPS as f64)
        .filter(|share| (share - asked).abs() > 1e-3)
        .collect()
}
