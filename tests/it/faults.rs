//! The table of faults: what is done to a run, and what deskbell makes of it. Every row is played by
//! the real binary, and docs/faults.md is made from the rows.

mod application;
mod fault;
mod flows;
mod gateway;
mod handshake;
mod harness;
mod integration;
mod json;
mod network;
mod page;
mod play;
mod said;
mod server;
mod tls;
mod upload;
mod websocket;

use play::play_all;

#[test]
fn faults_of_the_network_are_blamed_on_it() {
    play_all(&network::faults());
}

#[test]
fn faults_of_tls_are_blamed_on_the_network() {
    play_all(&tls::faults());
}

#[test]
fn faults_of_the_handshake_are_told_by_their_status() {
    play_all(&handshake::faults());
}

#[test]
fn faults_of_framing_end_one_connection_at_most() {
    play_all(&websocket::faults());
}

#[test]
fn faults_of_the_gateway_are_not_laid_to_the_service() {
    play_all(&gateway::faults());
}

#[test]
fn faults_behind_the_gateway_are_told_from_its_own() {
    play_all(&integration::faults());
}

#[test]
fn faults_of_the_service_are_findings() {
    play_all(&application::faults());
}

#[test]
fn faults_of_json_are_survived() {
    play_all(&json::faults());
}

#[test]
fn faults_of_uploads_leave_the_conversation_alone() {
    play_all(&upload::faults());
}

#[test]
fn faults_of_the_harness_are_laid_to_nobody_else() {
    play_all(&harness::faults());
}
