//! URLs that carry their own permission.

use std::time::Duration;

use credenza_core::blob::{PresignOptions, Verb};

use crate::server::{R2, blob, config, start};

/// R2's server checks signatures.
#[tokio::test]
async fn anybody_can_use_them_for_what_they_allow() {
    let Some(server) = start(R2) else { return };
    let blob = blob(config(&server));
    let http = reqwest::Client::new();
    let url = async |verb, seconds| {
        let options = PresignOptions { verb, expires_in: Duration::from_secs(seconds) };
        blob.presign("a b/ü(*)//c", options).await.unwrap()
    };
    let put = url(Verb::Put, 60).await;
    assert!(!format!("{put:?}").contains("http"));
    let mut request = http.put(&put.url).body("by anybody");
    for (name, value) in &put.headers {
        request = request.header(name, value);
    }
    assert!(request.send().await.unwrap().status().is_success());

    let get = url(Verb::Get, 60).await.url;
    assert_eq!(http.get(&get).send().await.unwrap().text().await.unwrap(), "by anybody");
    assert!(http.head(url(Verb::Head, 60).await.url).send().await.unwrap().status().is_success());
    // For nothing else.
    assert!(!http.delete(&get).send().await.unwrap().status().is_success());
    assert!(!http.get(get.replace("%28", "%29")).send().await.unwrap().status().is_success());
    assert!(http.delete(url(Verb::Delete, 60).await.url).send().await.unwrap().status().is_success());
    assert!(blob.head("a b/ü(*)//c").await.unwrap().is_none());

    let short = url(Verb::Put, 1).await.url;
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!http.put(short).body("too late").send().await.unwrap().status().is_success());
}
