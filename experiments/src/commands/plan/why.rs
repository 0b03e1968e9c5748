//! Why one stage is not there, with both values of what differs.

use std::io::{self, Write};

use lab_runner::{StagePreview, State};

use crate::quantities::date;

/// What differs between a stage and the nearest finished one, with both values.
pub(super) fn print_why(out: &mut impl Write, stage: &StagePreview) -> io::Result<()> {
    let name = &stage.label();
    match stage.state {
        State::There => {
            return writeln!(out, "{name} is there: {}", stage.folder.display());
        }
        State::Missing => write!(out, "{name} is missing. ")?,
        State::AtWork => write!(out, "{name} is being made by another lab. ")?,
        State::Damaged => write!(out, "{name} is damaged and is made again. ")?,
        State::Unfinished { steps, kept } => {
            let steps = steps.map_or(String::new(), |steps| format!(" after {steps} steps"));
            let kept = kept.map_or("nothing of it is kept yet".to_owned(), |kept| {
                format!("it goes on from what was kept{steps} at {}", date(kept))
            });
            write!(out, "{name} is unfinished: {kept}. ")?;
        }
    }
    let Some(reason) = &stage.reason else {
        return writeln!(out);
    };
    if let Some(damage) = &reason.damage {
        return writeln!(out, "{damage}.");
    }
    let Some(nearest) = &reason.nearest else {
        return writeln!(out, "No stage of this name was ever made here.");
    };
    let of = match nearest.of {
        1 => "The only finished one".to_owned(),
        n => format!("The nearest of {n} finished ones"),
    };
    let made = nearest
        .made
        .map_or(String::new(), |made| format!(", made at {}", date(made)));
    writeln!(out, "{of} is {}{made}.", nearest.folder.display())?;
    if reason.differences.is_empty() {
        return writeln!(
            out,
            "Nothing that is listed differs: another version of lab made it."
        );
    }
    let mut begins_in: Option<&str> = None;
    let width = reason
        .differences
        .iter()
        .map(|one| one.what.chars().count())
        .max();
    for one in &reason.differences {
        if begins_in != Some(&one.begins_in) {
            begins_in = Some(&one.begins_in);
            if one.begins_in == stage.stage {
                writeln!(out, "What differs:")?;
            } else {
                writeln!(out, "What differs begins in {}:", one.begins_in)?;
            }
        }
        let (now, then) = one.shown();
        let values = sentence(now.as_deref(), then.as_deref());
        writeln!(
            out,
            "  {:width$}  {values}",
            one.what,
            width = width.unwrap_or_default()
        )?;
    }
    Ok(())
}

/// Both values of what differs, as a sentence goes on.
pub(super) fn sentence(now: Option<&str>, then: Option<&str>) -> String {
    match (now, then) {
        (Some(now), Some(then)) => format!("is {now}, was {then}"),
        (Some(now), None) => format!("is {now}, was not there"),
        (None, Some(then)) => format!("is not there, was {then}"),
        (None, None) => "differs".to_owned(),
    }
}
