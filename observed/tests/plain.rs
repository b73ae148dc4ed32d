//! Without the feature `observe` the crate is tokio: this compiles and runs
//! either way.

extern crate observed_tokio as tokio;
#[cfg(not(feature = "observe"))]
extern crate tokio as real_tokio;

#[cfg(not(feature = "observe"))]
#[test]
fn it_is_tokio() {
    // The same type, not one of the same name.
    let permits: real_tokio::sync::Semaphore = tokio::sync::Semaphore::new(1);
    assert_eq!(permits.available_permits(), 1);
    let _: fn(_) -> real_tokio::task::JoinHandle<()> = tokio::spawn::<std::future::Ready<()>>;
}

#[test]
fn a_program_runs() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let sum = runtime.block_on(async {
        let task = tokio::spawn(async { 1 });
        let (one, two) = tokio::join!(async { 1 }, async { 2 });
        let three = tokio::select! {
            three = async { 3 } => three,
        };
        one + two + three + task.await.expect("no panic")
    });
    assert_eq!(sum, 7);
}
