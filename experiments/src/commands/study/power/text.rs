//! A study's power in words.

use std::fmt::Write;

use lab_score::study::power::{Cost, Curve, Paper};

/// Tables for a terminal: the design, each test, the curve, and the paper's own designs.
pub(super) fn text(curve: &Curve, cost: &Cost, paper: &Paper) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = asked(&mut text, curve, cost)
        .and_then(|()| points(&mut text, curve))
        .and_then(|()| of_paper(&mut text, paper));
    text
}

fn asked(text: &mut String, curve: &Curve, cost: &Cost) -> std::fmt::Result {
    let (asked, design) = (&curve.asked, &curve.asked.design);
    writeln!(
        text,
        "{} images, {} foils each, {} people: {} decisions, {:.2} for them with the platform's fee{}",
        design.n_images,
        design.n_foils,
        design.n_raters,
        cost.n_decisions,
        cost.money,
        cost.hours
            .map_or_else(String::new, |hours| format!(" ({hours:.1} hours)"))
    )?;
    let point = &curve.points[0];
    writeln!(
        text,
        "true share {:.1} %, one-sided {}; dependence in log-odds: image {}, foil {}, person {}; design effect {:.2}",
        100.0 * asked.share,
        asked.level.alpha,
        asked.dependence.image,
        asked.dependence.distractor,
        asked.dependence.rater,
        point.design_effect
    )?;
    match curve.smallest_share {
        Some(share) => writeln!(
            text,
            "smallest share found with power .8, by formula: {:.1} %",
            100.0 * share
        )?,
        None => writeln!(text, "no share is found with power .8, by formula")?,
    }
    writeln!(
        text,
        "\n{:<50} {:>7} {:>8} {:>8}",
        "test", "power", "± MC", "studies"
    )?;
    if let Some(power) = point.by_formula {
        writeln!(
            text,
            "{:<50} {power:>7.3} {:>8} {:>8}",
            "normal formula with the design effect", "", ""
        )?;
    }
    for row in &point.rows {
        let failed = match row.n_failed {
            0 => String::new(),
            n => format!("   {n} could not be tested"),
        };
        writeln!(
            text,
            "{:<50} {:>7.3} {:>8.4} {:>8}{failed}",
            row.test.label(),
            row.power,
            row.monte_carlo_error,
            row.n_studies
        )?;
    }
    Ok(())
}

fn points(text: &mut String, curve: &Curve) -> std::fmt::Result {
    writeln!(
        text,
        "\n{:<12} {:>9} {:>10} {:>10}",
        "true share", "formula", "binomial", "clusters"
    )?;
    for point in curve.points.iter().skip(1) {
        let of = |test| {
            point
                .rows
                .iter()
                .find(|row| row.test == test)
                .map(|row| row.power)
        };
        let figure = |power: Option<f64>| {
            power.map_or_else(|| "–".to_owned(), |power| format!("{power:.3}"))
        };
        writeln!(
            text,
            "{:>9.1} %  {:>9} {:>10} {:>10}",
            100.0 * point.share,
            figure(point.by_formula),
            figure(of(lab_score::study::power::TestKind::Binomial)),
            figure(of(
                lab_score::study::power::TestKind::ClustersOfImagesAndRaters
            ))
        )?;
    }
    Ok(())
}

fn of_paper(text: &mut String, paper: &Paper) -> std::fmt::Result {
    writeln!(
        text,
        "\nThe paper's designs, five decisions an image, one-sided .05 against chance, by formula:"
    )?;
    writeln!(
        text,
        "{:<8} {:>10} {:>8} {:>14} {:>8}",
        "set", "decisions", "share", "image ρ", "power"
    )?;
    for row in &paper.designs {
        writeln!(
            text,
            "{:<8} {:>10} {:>6.1} % {:>14} {:>8.3}",
            row.set,
            row.n_decisions,
            100.0 * row.share,
            row.correlation,
            row.power
        )?;
    }
    writeln!(text, "\nOne set against another, two-sided .05:")?;
    writeln!(
        text,
        "{:<18} {:>14} {:>8} {:>8} {:>26}",
        "sets", "shares", "image ρ", "power", "decisions an arm for .8"
    )?;
    for row in &paper.comparisons {
        writeln!(
            text,
            "{:<18} {:>14} {:>8} {:>8.3} {:>26.0}",
            format!("{} – {}", row.first, row.second),
            format!(
                "{:.1} – {:.1} %",
                100.0 * row.arms.first,
                100.0 * row.arms.second
            ),
            row.correlation,
            row.power,
            row.decisions_needed
        )?;
    }
    Ok(())
}
