use axum::http::StatusCode;
use axum::http::header::{SET_COOKIE, WWW_AUTHENTICATE};
use serde_json::json;

use super::kit::{Kit, with_user};

const LOGIN: &str = "/kylin/api/user/authentication";
const CUBES: &str = "/kylin/api/cubes";
/// `ann:secret`
const BASIC: (&str, &str) = ("authorization", "Basic YW5uOnNlY3JldA==");
/// `ann:wrong`
const WRONG: (&str, &str) = ("authorization", "Basic YW5uOndyb25n");

#[tokio::test]
async fn without_users_whoever_is_on_loopback_is_the_administrator() {
    let kit = Kit::new().await;
    for method in ["GET", "POST"] {
        let reply = kit.call(method, LOGIN, "{}").await;
        assert_eq!(reply.status, StatusCode::OK);
        let details = json!({
            "username": "ADMIN", "password": null,
            "authorities": [{ "authority": "ROLE_ADMIN" }, { "authority": "ROLE_ANALYST" }, { "authority": "ROLE_MODELER" }],
            "accountNonExpired": true, "accountNonLocked": true, "credentialsNonExpired": true, "enabled": true,
        });
        assert_eq!(reply.json, json!({ "userDetails": details }));
    }
    assert_eq!(kit.call("GET", CUBES, "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn with_users_a_call_without_a_caller_is_refused_in_kylins_shape() {
    let kit = Kit::with(with_user("ann", "secret")).await;
    for headers in [&[][..], &[WRONG], &[("authorization", "Basic ???")], &[("authorization", "Bearer x")]] {
        let reply = kit.call_with("GET", CUBES, "", headers).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert!(reply.exception().contains("/kylin/api/user/authentication"));
        assert_eq!(reply.json["url"], "http://localhost:7070/kylin/api/cubes");
        assert!(reply.headers.contains_key(WWW_AUTHENTICATE));
    }
    assert_eq!(kit.call_with("GET", CUBES, "", &[BASIC]).await.status, StatusCode::OK);
    assert_eq!(kit.call("GET", "/metrics", "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_script_in_a_page_gets_no_password_dialog() {
    let kit = Kit::with(with_user("ann", "secret")).await;
    let reply = kit.call_with("GET", CUBES, "", &[("sec-fetch-mode", "cors")]).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(!reply.headers.contains_key(WWW_AUTHENTICATE));
}

#[tokio::test]
async fn a_login_gives_a_cookie_that_later_calls_need_no_password_with() {
    let kit = Kit::with(with_user("ann", "secret")).await;
    let reply = kit.call_with("POST", LOGIN, "{}", &[BASIC]).await;
    assert_eq!(reply.json["userDetails"]["username"], "ann");
    let cookie = reply.headers[SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["JSESSIONID=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let session = cookie.split(';').next().unwrap();
    assert_eq!(kit.call_with("GET", CUBES, "", &[("cookie", session)]).await.status, StatusCode::OK);
    let again = kit.call_with("GET", LOGIN, "", &[("cookie", session)]).await;
    assert_eq!(again.json["userDetails"]["username"], "ann");
    let guessed = kit.call_with("GET", CUBES, "", &[("cookie", "JSESSIONID=00")]).await;
    assert_eq!(guessed.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn asking_who_one_is_without_a_password_answers_nobody() {
    let kit = Kit::with(with_user("ann", "secret")).await;
    let reply = kit.call("GET", LOGIN, "").await;
    assert_eq!((reply.status, reply.json), (StatusCode::OK, json!({})));
    let reply = kit.call_with("POST", LOGIN, "{}", &[WRONG]).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(!reply.headers.contains_key(SET_COOKIE));
}

#[tokio::test]
async fn health_and_version_need_no_caller() {
    let kit = Kit::with(with_user("ann", "secret")).await;
    for path in
        ["/health", "/ready", "/version", "/kylin/api/health", "/kylin/api/ready", "/kylin/api/version"]
    {
        assert_eq!(kit.call("GET", path, "").await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused_everywhere() {
    let kit = Kit::new().await;
    for path in ["/health", LOGIN, CUBES, "/nothing"] {
        for header in [("host", "evil.example"), ("origin", "http://evil.example"), ("origin", "null")] {
            let reply = kit.call_with("GET", path, "", &[header]).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{path} {header:?}");
            assert!(reply.exception().contains("allowed_hosts"));
        }
    }
    let reply = kit.call_with("GET", CUBES, "", &[("origin", "http://localhost:7070")]).await;
    assert_eq!(reply.status, StatusCode::OK);
}
