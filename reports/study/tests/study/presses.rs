//! Each press answers one trial, that whose pictures stood there before it, in a page that goes on.

use serde_json::{Value, json};

use crate::browser::{begin_by_keyboard, by_key, class_page, ready, settings};
use crate::studies::study;
use crate::webdriver::Browser;

/// A page without a server, after practice; a folder that goes with it, and its address.
fn begun() -> Option<(Browser, tempfile::TempDir, String)> {
    let mut browser = Browser::start(false)?;
    let temp = tempfile::tempdir().unwrap();
    let study = study(&temp.path().join("study"), 24, &settings(), 9);
    let url = class_page(&study, temp.path());
    browser.go(&url);
    begin_by_keyboard(&mut browser);
    stands(&mut browser);
    Some((browser, temp, url))
}

/// Waits until a trial takes answers: the page waits for two frames after its pictures.
fn stands(browser: &mut Browser) {
    ready(browser);
    frames(browser);
}

fn frames(browser: &mut Browser) {
    browser.run(
        "return (async () => { for (let n = 0; n < 4; n++) await new Promise(requestAnimationFrame); })()",
    );
}

fn n_answers(browser: &mut Browser) -> usize {
    frames(browser);
    let file = browser.run("return offline.file()");
    let file: Value = serde_json::from_str(file.as_str().unwrap()).unwrap();
    file["answers"].as_array().unwrap().len()
}

#[test]
fn a_key_that_is_held_answers_once() {
    let Some((mut browser, _temp, _)) = begun() else {
        return;
    };
    browser.run("document.getElementById('left').focus()");
    let mut enter = |kind: &str, is_repeated: bool| {
        let key = json!({ "type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r", "autoRepeat": is_repeated });
        browser.command("Input.dispatchKeyEvent", key);
    };
    enter("keyDown", false);
    for _ in 0..30 {
        enter("keyDown", true);
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    enter("keyUp", false);
    assert_eq!(n_answers(&mut browser), 3, "two of practice, and one");
    stands(&mut browser);
    browser.press("\u{e007}");
    assert_eq!(n_answers(&mut browser), 4, "a press of its own");
}

#[test]
fn a_press_from_before_the_pictures_answers_nothing_when_it_is_let_go() {
    let Some((mut browser, _temp, _)) = begun() else {
        return;
    };
    let place = browser.run("const box = document.getElementById('left').getBoundingClientRect(); return [box.x + 2, box.y + 2]");
    let mouse = |browser: &mut Browser, kind: &str| {
        let event = json!({ "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1 });
        browser.command("Input.dispatchMouseEvent", event);
    };
    mouse(&mut browser, "mousePressed");
    by_key(&mut browser, 3);
    stands(&mut browser);
    mouse(&mut browser, "mouseReleased");
    assert_eq!(n_answers(&mut browser), 3, "the key's answer alone");
    mouse(&mut browser, "mousePressed");
    mouse(&mut browser, "mouseReleased");
    assert_eq!(n_answers(&mut browser), 4, "a click");
    stands(&mut browser);
    // Screen readers click without a press.
    browser.run("document.getElementById('right').click()");
    assert_eq!(n_answers(&mut browser), 5, "a click without a press");
}

#[test]
fn two_tabs_of_a_class_page_write_nothing_over() {
    let Some((mut browser, _temp, url)) = begun() else {
        return;
    };
    let first = browser.another_tab();
    browser.go(&url);
    browser.wait_for("trial");
    by_key(&mut browser, 3);
    by_key(&mut browser, 4);
    browser.switch(&first);
    browser.wait_for("stopped");
    browser.press("f");
    browser.run("document.getElementById('here').click()");
    browser.wait_for("trial");
    assert_eq!(ready(&mut browser), "Trial 3 of 14");
    by_key(&mut browser, 5);
    assert_eq!(n_answers(&mut browser), 5);
}

#[test]
fn a_page_that_stopped_takes_nothing_when_its_pictures_come() {
    let Some((mut browser, _temp, _)) = begun() else {
        return;
    };
    // Pictures of four trials are ahead already.
    browser.run("window.late = []; Image.prototype.decode = () => new Promise((done) => window.late.push(done))");
    for trial in 3..=7 {
        by_key(&mut browser, trial);
    }
    browser.wait("document.getElementById('pictures').classList.contains('waiting')");
    browser.run("view.stop('Another tab.', true); window.late.forEach((done) => done())");
    frames(&mut browser);
    browser.press("f");
    assert_eq!(n_answers(&mut browser), 7);
}
