//! A real browser goes through a study: by keyboard, by touch, and through everything that goes wrong.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lab_study::Study;
use lab_study::class::{decided, read, write_pages};
use lab_study::settings::{Settings, Size};
use lab_study::store::{Everything, Store};
use serde_json::{Value, json};

use crate::process::Server;
use crate::studies::study;
use crate::webdriver::Browser;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";
const LINK: &str = "/?PROLIFIC_PID=5a1b2c&STUDY_ID=s1&SESSION_ID=x1";
/// Trials, attention checks and practice of one person.
pub(crate) const ALL: u32 = 12 + 2 + 2;

pub(crate) fn settings() -> Settings {
    Settings {
        size: Size::Participants(4),
        trials: Some(12),
        ..Settings::default()
    }
}

pub(crate) fn stored(folder: &Path) -> Everything {
    let study = Arc::new(Study::open(folder).unwrap());
    Store::open_to_read(study).unwrap().everything().unwrap()
}

/// What is chosen in a trial.
fn side(trial: u32) -> &'static str {
    if trial.is_multiple_of(3) {
        "right"
    } else {
        "left"
    }
}

/// Checks that every trial has one answer, and the one that was given.
fn all_is_there(folder: &Path) {
    let all = stored(folder);
    let answers: Vec<(u32, &str)> = all
        .answers
        .iter()
        .map(|answer| (answer.trial, answer.answer.as_str()))
        .collect();
    let expected: Vec<(u32, &str)> = (1..=ALL).map(|trial| (trial, side(trial))).collect();
    assert_eq!(answers, expected);
    for answer in &all.answers {
        assert!(answer.rt_ms > 0.0 && answer.rt_ms < 60_000.0, "{answer:?}");
    }
    assert_eq!(all.people[0].state, "finished");
}

/// Waits until a trial can be answered; returns what stands above it.
pub(crate) fn ready(browser: &mut Browser) -> String {
    browser.wait("!document.getElementById('trial').hidden && !document.getElementById('pictures').classList.contains('waiting') && !document.querySelector('.chosen')");
    browser
        .run("return document.getElementById('where').textContent")
        .as_str()
        .unwrap()
        .to_owned()
}

/// Chooses until the trial is over.
fn choose(browser: &mut Browser, trial: u32, mut give: impl FnMut(&mut Browser)) {
    let above = ready(browser);
    for _ in 0..40 {
        give(browser);
        std::thread::sleep(Duration::from_millis(60));
        let gone = format!(
            "document.querySelector('.chosen') || document.getElementById('where').textContent !== '{above}' || document.getElementById('trial').hidden"
        );
        if browser.run(&format!("return Boolean({gone})")) == json!(true) {
            browser.wait(&format!("document.getElementById('where').textContent !== '{above}' || document.getElementById('trial').hidden || !document.getElementById('go-on').hidden"));
            return;
        }
    }
    panic!("trial {trial} takes no answer");
}

pub(crate) fn by_key(browser: &mut Browser, trial: u32) {
    let key = match (side(trial), trial % 2) {
        ("left", 0) => LEFT,
        ("left", _) => "f",
        (_, 0) => RIGHT,
        _ => "j",
    };
    choose(browser, trial, |browser| browser.press(key));
}

/// Whether a trial takes an event, which a script makes, for its answer. Frames are waited for, so that pictures stand
/// there before.
fn takes(browser: &mut Browser, event: &str) -> bool {
    ready(browser);
    let script = format!(
        "return (async () => {{
            const frame = () => new Promise(requestAnimationFrame);
            for (let n = 0; n < 4; n++) await frame();
            document.dispatchEvent({event});
            await frame();
            return Boolean(document.querySelector('.chosen'));
        }})()"
    );
    browser.run(&script) == json!(true)
}

/// Consent, instructions and the question on them, by keyboard alone.
pub(crate) fn begin_by_keyboard(browser: &mut Browser) {
    for section in ["consent", "instructions"] {
        browser.wait_for(section);
        browser.press(TAB);
        browser.press(ENTER);
    }
    browser.wait_for("comprehension");
    for key in [TAB, DOWN, TAB, ENTER] {
        browser.press(key);
    }
    for trial in 1..=2 {
        by_key(browser, trial);
        browser.wait(
            "!document.getElementById('go-on').hidden && document.activeElement.id === 'go-on'",
        );
        browser.press(ENTER);
    }
}

#[test]
fn a_person_with_a_keyboard_loses_nothing_whatever_goes_wrong() {
    let Some(mut browser) = Browser::start(false) else {
        return;
    };
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    drop(study(&folder, 24, &settings(), 5));
    let mut server = Server::start(&folder);
    browser.go("about:blank");
    browser.go(&format!("{}{LINK}", server.url()));
    begin_by_keyboard(&mut browser);
    for trial in 3..=ALL {
        match trial {
            4 => {
                // Answers after a gap, as a restored copy of the database leaves one, cannot be stored.
                browser.run("localStorage.setItem('lab-study ' + document.getElementById('name').textContent.split(': ')[1], JSON.stringify([{ trial: 9, answer: 'left', rt_ms: 5 }]))");
                browser.do_what("refresh");
            }
            5 => {
                browser.do_what("back");
                browser.do_what("forward");
            }
            6 => {
                let key = "new KeyboardEvent('keydown', { key: 'j' })";
                browser.run(&format!("window.early = {key}"));
            }
            7 => {
                let is_taken = takes(&mut browser, "window.early");
                assert!(!is_taken, "a key from before the pictures answers nothing");
                browser.set_offline(true);
            }
            8 => {
                // Old browsers count the time of an event from 1970.
                let old = "Object.defineProperty(new KeyboardEvent('keydown', { key: 'f' }), 'timeStamp', { value: Date.now() })";
                assert!(takes(&mut browser, old), "a key of an old browser");
                continue;
            }
            9 => browser.set_offline(false),
            10 => server.kill(),
            12 => server.start_again(),
            13 => {
                let first = browser.another_tab();
                browser.go(&format!("{}{LINK}", server.url()));
                let second_says = ready(&mut browser);
                assert_eq!(
                    second_says, "Trial 11 of 14",
                    "the other tab goes on at the same trial"
                );
                let second = browser.another_tab();
                browser.switch(&first);
                browser.wait_for("stopped");
                assert!(
                    browser
                        .run("return document.getElementById('why').textContent")
                        .as_str()
                        .unwrap()
                        .contains("another tab")
                );
                browser.switch(&second);
            }
            14 => {
                // The server dies after it stored the answer, or before: the browser asks again.
                server.kill();
                server.start_again();
            }
            _ => {}
        }
        by_key(&mut browser, trial);
    }
    browser.wait_for("debrief");
    browser.run("document.getElementById('remarks').value = '<script>alert(1)</script>=1+1'; document.getElementById('finish').focus()");
    browser.press(ENTER);
    browser.wait_for("finished");
    browser.do_what("refresh");
    browser.wait_for("finished");
    all_is_there(&folder);
    assert_eq!(
        stored(&folder).people[0].remarks,
        "<script>alert(1)</script>=1+1"
    );
}

/// Touches through a study to its end; the section that is shown then is "finished".
pub(crate) fn by_touch(browser: &mut Browser) {
    for (section, button) in [("consent", "agree"), ("instructions", "understood")] {
        browser.wait_for(section);
        browser.touch(button);
    }
    browser.wait_for("comprehension");
    browser.run("document.querySelectorAll('input')[1].id = 'second'");
    browser.touch("second");
    browser.touch("check");
    for trial in 1..=ALL {
        choose(browser, trial, |browser| browser.touch(side(trial)));
        if trial <= 2 {
            browser.wait("!document.getElementById('go-on').hidden");
            browser.touch("go-on");
        }
    }
    browser.wait_for("debrief");
    browser.touch("finish");
    browser.wait_for("finished");
}

#[test]
fn a_person_with_a_phone_touches_through_and_another_withdraws() {
    let Some(mut browser) = Browser::start(true) else {
        return;
    };
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    drop(study(&folder, 24, &settings(), 6));
    let server = Server::start(&folder);
    browser.go(&format!("{}{LINK}", server.url()));
    by_touch(&mut browser);
    let wide = browser.run("return document.documentElement.scrollWidth > innerWidth");
    assert_eq!(wide, json!(false), "the page is wider than the phone");
    all_is_there(&folder);
    let can_leave = "return document.getElementById('leave').checkVisibility()";
    assert_eq!(browser.run(can_leave), json!(true), "also at the end");
    // Somebody else on the same phone, by another link.
    browser.go(&format!(
        "{}{}",
        server.url(),
        LINK.replace("5a1b2c", "777").replace("x1", "x2")
    ));
    browser.wait_for("consent");
    browser.touch("agree");
    browser.wait_for("instructions");
    assert_eq!(stored(&folder).people.len(), 2);
    browser.touch("leave");
    browser.touch("withdraw");
    browser.wait_for("withdrawn");
    let kept = "return Object.keys(localStorage).filter((key) => key.startsWith('lab-study p'))";
    assert_eq!(browser.run(kept), json!([]));
    assert_eq!(stored(&folder).people.len(), 1);
    operator_sees(&mut browser, &server);
}

/// A wrong token shows nothing; the right one shows who takes part, and whom the rule marks.
fn operator_sees(browser: &mut Browser, server: &Server) {
    browser.go(&format!("{}/operator", server.url()));
    let enter = |token: &str| {
        format!(
            "document.getElementById('token').value = '{token}'; document.querySelector('button').click()"
        )
    };
    browser.run(&enter("wrong"));
    browser.wait("document.getElementById('problem').textContent.includes('not the operator')");
    browser.run(&enter(crate::process::TOKEN));
    browser.wait("!document.getElementById('study').hidden");
    let text = browser.run("return document.getElementById('study').innerText");
    let text = text.as_str().unwrap();
    assert!(
        text.contains("1 of 4") && text.contains("16 of 16"),
        "{text}"
    );
}

/// The only file of an archive whose files are stored as they are.
fn unpacked(archive: &[u8]) -> &[u8] {
    let number = |at: usize, n: usize| {
        archive[at..at + n]
            .iter()
            .rev()
            .fold(0_usize, |all, byte| all << 8 | usize::from(*byte))
    };
    let (size, name, extra) = (number(18, 4), number(26, 2), number(28, 2));
    let first = 30 + name + extra;
    &archive[first..first + size]
}

/// Address of a study's page without a server, which is written into a folder.
pub(crate) fn class_page(study: &Study, folder: &Path) -> String {
    let (zip, page) = (folder.join("class.zip"), folder.join("index.html"));
    write_pages(study, 1, &zip).unwrap();
    std::fs::write(&page, unpacked(&std::fs::read(zip).unwrap())).unwrap();
    format!("file://{}", page.display())
}

/// Reads a picture of a QR code with a decoder of others.
fn read_code(png: &[u8]) -> String {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixel = |x: usize, y: usize| picture.get_pixel(x as u32, y as u32).0[0];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1, "one code in the picture");
    grids[0].decode().unwrap().1
}

#[test]
fn a_class_without_a_server_hands_in_a_file_and_codes() {
    let Some(mut browser) = Browser::start(true) else {
        return;
    };
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    let study = study(&folder, 24, &settings(), 8);
    browser.go(&class_page(&study, temp.path()));
    by_touch(&mut browser);
    browser.do_what("refresh");
    browser.wait_for("finished");
    let text = |value: Value| value.as_str().unwrap().to_owned();
    let file = text(browser.run("return offline.file()"));
    let pictures = browser.run(
        "return Array.from(document.querySelectorAll('canvas'), (canvas) => canvas.toDataURL())",
    );
    let codes: Vec<String> = pictures
        .as_array()
        .unwrap()
        .iter()
        .map(|url| read_code(&decode(url.as_str().unwrap().split_once(',').unwrap().1)))
        .collect();
    let of_file = read(&[("file.json".into(), file.into_bytes())]).unwrap();
    let of_codes = read(&[("codes.txt".into(), codes.join("\n").into_bytes())]).unwrap();
    assert_eq!(of_file, of_codes);
    let sides: Vec<(u32, &str)> = of_file[0]
        .answers
        .iter()
        .map(|(trial, answer, _)| (*trial, answer.name()))
        .collect();
    let expected: Vec<(u32, &str)> = (1..=ALL).map(|trial| (trial, side(trial))).collect();
    assert_eq!(sides, expected);
    assert_eq!(decided(&study, &of_file).unwrap().len(), ALL as usize);
}

#[test]
fn codes_of_every_size_are_read_by_a_decoder_of_others() {
    let Some(mut browser) = Browser::start(false) else {
        return;
    };
    let script = include_str!("../../src/page/qr.js");
    let is_slow = std::env::var_os("LAB_SLOW").is_some();
    let lengths: Vec<usize> = if is_slow {
        (1..2953).step_by(37).chain([2953]).collect()
    } else {
        vec![
            1, 17, 18, 78, 106, 107, 134, 271, 460, 700, 1091, 1171, 1853, 2520, 2953,
        ]
    };
    for length in lengths {
        let text: String = (0..length)
            .map(|at| char::from(b'0' + ((at * 7 + length) % 75) as u8))
            .collect();
        let argument = serde_json::to_string(&text).unwrap();
        let drawn = browser.run(&format!("{script}; const canvas = document.createElement('canvas'); qr.draw(canvas, {argument}, 3); return canvas.toDataURL()"));
        let png = decode(drawn.as_str().unwrap().split_once(',').unwrap().1);
        assert_eq!(read_code(&png), text, "{length} bytes");
    }
    let refused = browser.run(&format!("{script}; try {{ qr.encode('x'.repeat(2954)); return '' }} catch (error) {{ return error.message }}"));
    assert_eq!(refused, json!("2954 bytes do not fit into a QR code"));
}

/// Writes pictures of every stage to the folder that `LAB_STUDY_SHOTS` names, to be looked at.
#[test]
fn stages_can_be_looked_at() {
    let Some(shots) = std::env::var_os("LAB_STUDY_SHOTS") else {
        return;
    };
    let Some(mut browser) = Browser::start(false) else {
        return;
    };
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("study");
    drop(study(&folder, 24, &settings(), 7));
    let server = Server::start(&folder);
    let shots = Path::new(&shots);
    std::fs::create_dir_all(shots).unwrap();
    let mut looks = Looks {
        browser: &mut browser,
        shots,
    };
    looks.browser.go(&format!("{}{LINK}", server.url()));
    looks.browser.wait_for("consent");
    looks.shoot("1-consent");
    looks.browser.touch("agree");
    looks.browser.wait_for("instructions");
    looks.shoot("2-instructions");
    looks.browser.touch("understood");
    looks.browser.wait_for("comprehension");
    looks.shoot("3-comprehension");
    looks.browser.run(
        "document.querySelectorAll('input')[1].click(); document.getElementById('check').click()",
    );
    for trial in 1..=ALL {
        ready(looks.browser);
        if trial == 4 {
            looks.shoot("5-trial");
        }
        choose(looks.browser, trial, |browser| browser.touch(side(trial)));
        if trial == 1 {
            looks.shoot("4-practice");
        }
        if trial <= 2 {
            looks.browser.touch("go-on");
        }
    }
    looks.browser.wait_for("debrief");
    looks.shoot("6-debrief");
    looks.browser.touch("leave");
    looks.shoot("7-withdraw");
    looks.browser.touch("stay");
    looks.browser.touch("finish");
    looks.browser.wait_for("finished");
    looks.shoot("8-finished");
    looks.browser.go(&format!("{}/operator", server.url()));
    looks.browser.run(&format!(
        "document.getElementById('token').value = '{}'; document.querySelector('button').click()",
        crate::process::TOKEN
    ));
    looks
        .browser
        .wait("!document.getElementById('study').hidden");
    looks.shoot("9-operator");
    let study = Study::open(&folder).unwrap();
    let (zip, page) = (
        temp.path().join("class.zip"),
        temp.path().join("index.html"),
    );
    write_pages(&study, 1, &zip).unwrap();
    std::fs::write(&page, unpacked(&std::fs::read(zip).unwrap())).unwrap();
    looks.browser.go(&format!("file://{}", page.display()));
    by_touch(looks.browser);
    looks.shoot("a-class");
}

struct Looks<'a> {
    browser: &'a mut Browser,
    shots: &'a Path,
}

impl Looks<'_> {
    fn shoot(&mut self, stage: &str) {
        for (width, height) in [(1280, 860), (375, 667)] {
            for scheme in ["light", "dark"] {
                self.browser.command("Emulation.setDeviceMetricsOverride", json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 }));
                self.browser.command(
                    "Emulation.setEmulatedMedia",
                    json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
                );
                std::thread::sleep(Duration::from_millis(120));
                let shot = self
                    .browser
                    .command("Page.captureScreenshot", json!({ "format": "png" }));
                let bytes = decode(shot["data"].as_str().unwrap());
                std::fs::write(
                    self.shots.join(format!("{stage}-{width}-{scheme}.png")),
                    bytes,
                )
                .unwrap();
            }
        }
    }
}

/// Base64, as `WebDriver` sends pictures.
pub(crate) fn decode(text: &str) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|letter| LETTERS.iter().position(|known| *known == letter))
        .map(|at| at as u32)
        .collect();
    let of_four = |four: &[u32]| {
        let all = four
            .iter()
            .enumerate()
            .fold(0, |all, (at, digit)| all | digit << (18 - 6 * at));
        [(all >> 16) as u8, (all >> 8) as u8, all as u8]
            .into_iter()
            .take(four.len() - 1)
            .collect::<Vec<u8>>()
    };
    digits.chunks(4).flat_map(of_four).collect()
}
