//! A paragraph of methods that follows from the settings, sentence by sentence.

use crate::exclusion::standings;
use crate::folder::{Kind, Study};
use crate::settings::{Platform, Settings};
use crate::store::Everything;

/// The paragraph; with answers, also how many people took part.
pub fn methods(study: &Study, all: Option<&Everything>) -> String {
    let settings = &study.about.settings;
    let mut sentences = simulated(study);
    sentences.extend([people(study, all), came_from(settings)]);
    sentences.push(pay(settings));
    sentences.push("Each gave consent before the first trial and could withdraw at any time, upon which all answers were deleted.".into());
    sentences.extend(comprehension(settings));
    sentences.extend(practice(settings));
    sentences.push(trials(study));
    sentences.push(balance(study));
    sentences.extend(checks(settings));
    sentences.push(exclusion(study, all));
    sentences.push(resumption(settings));
    sentences.push(privacy(settings));
    sentences.retain(|sentence| !sentence.is_empty());
    format!("# Methods\n\n{}\n", sentences.join(" "))
}

fn people(study: &Study, all: Option<&Everything>) -> String {
    let n_lists = study.lists.len();
    let Some(all) = all else {
        return format!("{n_lists} participants were planned.");
    };
    let finished = all
        .people
        .iter()
        .filter(|person| person.state == "finished")
        .count();
    format!(
        "{n_lists} participants were planned; {} began, and {finished} finished.",
        all.people.len()
    )
}

/// What a reader must know of the reconstructions first.
fn simulated(study: &Study) -> Vec<String> {
    let mut sentences = Vec::new();
    for origin in &study.about.sources {
        let label = &origin.label;
        sentences.extend(origin.simulated.as_ref().map(|how| {
            format!(
                "The brain's responses behind the reconstructions of {label} are simulated: {how}"
            )
        }));
        sentences.extend(
            origin
                .toy
                .as_ref()
                .map(|why| format!("The reconstructions of {label} are no result: {why}")),
        );
    }
    sentences
}

fn came_from(settings: &Settings) -> String {
    match settings.platform {
        Platform::Link => "Participants were invited by a link.".into(),
        Platform::Prolific { .. } => "Participants were recruited through Prolific.".into(),
        Platform::Code { .. } => {
            "Participants were recruited through a platform that expects a code of completion."
                .into()
        }
    }
}

fn pay(settings: &Settings) -> String {
    let minutes = settings.minutes;
    settings.payment.as_ref().map_or_else(
        || format!("The study was expected to take {minutes} minutes and was not paid."),
        |payment| {
            let an_hour = payment.amount * 60.0 / minutes;
            format!("The study was expected to take {minutes} minutes and was paid with {:.2} {} ({an_hour:.2} an hour).", payment.amount, payment.currency)
        },
    )
}

fn comprehension(settings: &Settings) -> Option<String> {
    let n = settings.comprehension.len();
    (n > 0).then(|| {
        format!(
            "After the instructions, participants answered {} on them, up to {} times; then the answers were explained, and nobody was turned away for them.",
            counted(n, "question"),
            settings.comprehension_tries.max(1)
        )
    })
}

fn practice(settings: &Settings) -> Option<String> {
    let n = settings.practice_trials as usize;
    (n > 0).then(|| {
        format!(
            "{} with feedback preceded the experiment; their pictures were in no other trial.",
            capital(&counted(n, "practice trial"))
        )
    })
}

fn trials(study: &Study) -> String {
    let n_trials = study
        .key
        .iter()
        .filter(|row| row.list == 1 && row.kind == Kind::Trial)
        .count();
    let n_sources = study.about.sources.len();
    let of = if n_sources == 1 {
        String::new()
    } else {
        format!(" of {n_sources} sources in equal parts")
    };
    format!(
        "In each of {n_trials} trials{of}, an original was shown above two reconstructions, one of it and one of another image, and participants chose the one that belongs to the original, without a time limit. Within a participant no original and no reconstruction occurred twice."
    )
}

fn balance(study: &Study) -> String {
    format!(
        "Over participants each image was equally often target and foil (to within one), met different foils, and its reconstruction stood equally often left and right; sides were balanced within participants, and the order of trials was random (seed {}).",
        study.about.seed
    )
}

fn checks(settings: &Settings) -> Option<String> {
    let n = settings.catch_trials as usize;
    (n > 0).then(|| {
        format!(
            "{} showed the original itself beside a clearly different picture.",
            capital(&counted(n, "attention check"))
        )
    })
}

fn exclusion(study: &Study, all: Option<&Everything>) -> String {
    let rule = study.about.settings.exclusion;
    let mut reasons = Vec::new();
    if study.about.settings.catch_trials > 0 {
        reasons.push(format!(
            "failed more than {}",
            counted(rule.most_failed_checks as usize, "attention check")
        ));
    }
    if rule.least_median_rt_ms > 0.0 {
        reasons.push(format!(
            "had a median reaction time below {:.0} ms",
            rule.least_median_rt_ms
        ));
    }
    if rule.least_share_answered > 0.0 {
        reasons.push(format!(
            "answered less than {:.0} % of trials",
            rule.least_share_answered * 100.0
        ));
    }
    if reasons.is_empty() {
        return "No rule of exclusion was preregistered.".into();
    }
    let marked = all.map(|all| {
        standings(study, all)
            .iter()
            .filter(|standing| !standing.reasons.is_empty())
            .count()
    });
    let n = marked.map(|n| format!(" ({n} so far)")).unwrap_or_default();
    format!(
        "By a rule fixed before data collection, those are marked for exclusion who {}{n}; nobody was rejected automatically.",
        reasons.join(" or ")
    )
}

fn resumption(settings: &Settings) -> String {
    let resume = settings.resume;
    format!(
        "Interrupted sessions could be resumed at the same trial within {} hours; after {} minutes the instructions were shown again.",
        resume.until_hours, resume.instructions_after_minutes
    )
}

fn privacy(settings: &Settings) -> String {
    let kept = match (settings.keep_addresses, settings.keep_browser_names) {
        (false, false) => "no network address and no browser name was stored",
        (true, false) => "network addresses were stored",
        (false, true) => "browser names were stored",
        (true, true) => "network addresses and browser names were stored",
    };
    format!(
        "Names given by the platform were replaced by salted hashes; {kept}; answers are deleted after {} days.",
        settings.retention_days
    )
}

fn counted(n: usize, what: &str) -> String {
    match n {
        1 => format!("one {what}"),
        n => format!("{n} {what}s"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}
