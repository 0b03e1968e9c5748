//! Whether a study keeps to the fairness rules of recruitment platforms.

use crate::settings::{Platform, Settings};

/// Minutes from which platforms ask for two attention checks before anybody may be rejected.
const LONG: f64 = 5.0;
/// Least pay an hour on Prolific, by currency.
const LEAST_PAY: [(&str, f64); 2] = [("GBP", 6.0), ("USD", 8.0)];

/// What is unfair or unclear about the settings, in sentences; nothing if all is well.
///
/// Two rules hold in every study, as no setting can break them: answers to the comprehension questions reject nobody, and
/// nothing rejects anybody automatically; the rule of exclusion only marks people for whoever analyses the answers.
pub fn lint(settings: &Settings) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut say = |holds: bool, sentence: String| {
        if holds {
            sentences.push(sentence);
        }
    };
    let (n_checks, minutes) = (settings.catch_trials, settings.minutes);
    say(
        minutes >= LONG && n_checks < 2,
        format!(
            "A study of {minutes} minutes needs at least 2 attention checks, and has {n_checks}: set catch_trials to 2."
        ),
    );
    say(
        n_checks >= 2 && settings.exclusion.most_failed_checks == 0 && minutes >= LONG,
        "One failed attention check excludes a person: platforms ask that two be failed in a study of 5 minutes or more, so set exclusion.most_failed_checks to 1.".into(),
    );
    say(
        n_checks > 0 && settings.exclusion.most_failed_checks >= n_checks,
        format!(
            "No number of failed attention checks excludes anybody: {n_checks} are asked, and {} may be failed.",
            settings.exclusion.most_failed_checks
        ),
    );
    say(
        !settings.comprehension.is_empty() && settings.comprehension_tries < 2,
        "Comprehension questions are asked once only: platforms ask for a second try before the answers are explained.".into(),
    );
    say(
        settings.practice_trials == 0,
        "There is no practice trial: people learn the task from the first trials that count."
            .into(),
    );
    say(
        settings.keep_addresses || settings.keep_browser_names,
        "Network addresses or browser names are stored: the consent text must say so, and why."
            .into(),
    );
    say(
        settings.consent.is_empty(),
        "There is no consent text: people must know what they agree to.".into(),
    );
    say(pay_is_low(settings), pay_sentence(settings));
    say(
        matches!(settings.platform, Platform::Prolific { .. }) && settings.payment.is_none(),
        "People come from Prolific, and no payment is stated.".into(),
    );
    sentences
}

fn pay_an_hour(settings: &Settings) -> Option<(f64, f64, &str)> {
    let payment = settings.payment.as_ref()?;
    let an_hour = payment.amount * 60.0 / settings.minutes;
    let (_, least) = LEAST_PAY
        .iter()
        .find(|(currency, _)| *currency == payment.currency)?;
    Some((an_hour, *least, &payment.currency))
}

fn pay_is_low(settings: &Settings) -> bool {
    pay_an_hour(settings).is_some_and(|(an_hour, least, _)| an_hour < least)
}

fn pay_sentence(settings: &Settings) -> String {
    pay_an_hour(settings).map_or_else(String::new, |(an_hour, least, currency)| {
        format!("The payment comes to {an_hour:.2} {currency} an hour, below the platforms' least of {least:.2}.")
    })
}

#[cfg(test)]
mod tests {
    use super::lint;
    use crate::settings::{Exclusion, Payment, Platform, Settings};

    #[test]
    fn the_default_is_fair() {
        assert_eq!(lint(&Settings::default()), Vec::<String>::new());
    }

    #[test]
    fn each_rule_has_its_sentence() {
        let base = Settings::default();
        let strict = Exclusion {
            most_failed_checks: 0,
            ..Exclusion::default()
        };
        let prolific = Platform::Prolific {
            completion_url: "https://app.prolific.com/x".into(),
        };
        let cases = [
            (
                Settings {
                    catch_trials: 1,
                    ..base.clone()
                },
                "needs at least 2 attention checks, and has 1",
            ),
            (
                Settings {
                    exclusion: strict,
                    ..base.clone()
                },
                "One failed attention check",
            ),
            (
                Settings {
                    catch_trials: 1,
                    minutes: 3.0,
                    ..base.clone()
                },
                "No number of failed attention checks",
            ),
            (
                Settings {
                    comprehension_tries: 1,
                    ..base.clone()
                },
                "second try",
            ),
            (
                Settings {
                    practice_trials: 0,
                    ..base.clone()
                },
                "no practice trial",
            ),
            (
                Settings {
                    keep_addresses: true,
                    ..base.clone()
                },
                "must say so",
            ),
            (
                Settings {
                    consent: vec![],
                    ..base.clone()
                },
                "no consent text",
            ),
            (
                Settings {
                    payment: Some(Payment {
                        amount: 0.5,
                        currency: "GBP".into(),
                    }),
                    ..base.clone()
                },
                "3.75 GBP an hour",
            ),
            (
                Settings {
                    platform: prolific,
                    ..base.clone()
                },
                "no payment is stated",
            ),
        ];
        for (settings, expected) in cases {
            let sentences = lint(&settings);
            assert!(
                sentences.iter().any(|sentence| sentence.contains(expected)),
                "{expected}: {sentences:?}"
            );
        }
        let short = Settings {
            catch_trials: 0,
            minutes: 3.0,
            ..base
        };
        assert_eq!(lint(&short), Vec::<String>::new());
    }
}
