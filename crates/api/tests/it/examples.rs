//! The examples run.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/export.rs"]
mod export;
#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/own_transport.rs"]
mod own_transport;
#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/own_types.rs"]
mod own_types;

#[tokio::test]
async fn export() {
    export::run().await.unwrap();
}

#[tokio::test]
async fn own_transport() {
    own_transport::run().await.unwrap();
}

#[tokio::test]
async fn own_types() {
    own_types::run().await.unwrap();
}
