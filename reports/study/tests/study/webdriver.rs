//! A browser, driven through chromedriver by plain HTTP (W3C `WebDriver`).

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;

/// A browser of its own.
pub(crate) struct Browser {
    driver: Child,
    client: Client,
    session: String,
}

impl Browser {
    /// Starts Chromium without a window; says why if it is not there.
    pub(crate) fn start(is_phone: bool) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let started = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(driver) = started else {
            lab_core::testing::skip("no chromedriver here: the study is not tried in a browser");
            return None;
        };
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let since = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                since.elapsed() < Duration::from_secs(20),
                "chromedriver does not start"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut browser = Self {
            driver,
            client: Client::new(address),
            session: String::new(),
        };
        let mut options = json!({ "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1280,900", "--force-device-scale-factor=1"] });
        if is_phone {
            options["mobileEmulation"] = json!({ "deviceMetrics": { "width": 375, "height": 667, "pixelRatio": 2.0, "touch": true, "mobile": true } });
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": options } } });
        let reply = browser.client.post("/session", &wanted).unwrap().json();
        let session = reply["value"]["sessionId"].as_str();
        session
            .unwrap_or_else(|| panic!("{reply}"))
            .clone_into(&mut browser.session);
        Some(browser)
    }

    fn ask(&mut self, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{path}", self.session);
        let reply = self.client.post(&path, body).unwrap();
        let value = reply.json()["value"].clone();
        assert_eq!(reply.status, 200, "{path}: {value}");
        value
    }

    pub(crate) fn go(&mut self, url: &str) {
        self.ask("url", &json!({ "url": url }));
    }

    pub(crate) fn do_what(&mut self, what: &str) {
        self.ask(what, &json!({}));
    }

    /// Runs a script; its value is what it returns.
    pub(crate) fn run(&mut self, script: &str) -> Value {
        self.ask("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Presses a key.
    pub(crate) fn press(&mut self, key: &str) {
        let actions =
            json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.ask(
            "actions",
            &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] }),
        );
    }

    /// Touches the middle of an element.
    pub(crate) fn touch(&mut self, id: &str) {
        self.run(&format!(
            "document.getElementById('{id}').scrollIntoView({{ block: 'center' }})"
        ));
        let place = self.run(&format!("const box = document.getElementById('{id}').getBoundingClientRect(); return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]"));
        let actions = json!([
            { "type": "pointerMove", "duration": 0, "origin": "viewport", "x": place[0], "y": place[1] },
            { "type": "pointerDown", "button": 0 }, { "type": "pointerUp", "button": 0 },
        ]);
        self.ask("actions", &json!({ "actions": [{ "type": "pointer", "id": "finger", "parameters": { "pointerType": "touch" }, "actions": actions }] }));
    }

    pub(crate) fn set_offline(&mut self, is_offline: bool) {
        let conditions = json!({ "offline": is_offline, "latency": 0, "throughput": -1, "download_throughput": -1, "upload_throughput": -1 });
        self.ask(
            "chromium/network_conditions",
            &json!({ "network_conditions": conditions }),
        );
    }

    /// A command of the browser's own protocol.
    pub(crate) fn command(&mut self, name: &str, parameters: Value) -> Value {
        self.ask(
            "goog/cdp/execute",
            &json!({ "cmd": name, "params": parameters }),
        )
    }

    /// Opens another tab, and goes there; returns the name of this one.
    pub(crate) fn another_tab(&mut self) -> Value {
        let path = format!("/session/{}/window", self.session);
        let here = self.client.get(&path).unwrap().json()["value"].clone();
        let tab = self.ask("window/new", &json!({ "type": "tab" }));
        self.switch(&tab["handle"]);
        here
    }

    pub(crate) fn switch(&mut self, tab: &Value) {
        self.ask("window", &json!({ "handle": tab }));
    }

    /// Waits until a script returns something that is true.
    pub(crate) fn wait(&mut self, script: &str) {
        let since = Instant::now();
        while self.run(&format!("return Boolean({script})")) != Value::Bool(true) {
            if since.elapsed() > Duration::from_secs(40) {
                let text = self.run("return document.body.innerText");
                panic!("waited in vain for {script}; the page says: {text}");
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }

    /// Waits until a part of the page is shown.
    pub(crate) fn wait_for(&mut self, section: &str) {
        self.wait(&format!("!document.getElementById('{section}').hidden"));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let path = format!("/session/{}", self.session);
        let _ = self.client.send("DELETE", &path, &[], b"");
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
