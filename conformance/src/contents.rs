//! Tools that answer with each kind of content.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mcp_latch::mcp::{CallResult, Content, Payload, Registry};

use crate::fixture::Fixture;

/// A red pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A header of 44 bytes and no sound.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

pub(crate) fn png() -> Vec<u8> {
    STANDARD.decode(PNG).unwrap_or_default()
}

fn wav() -> Vec<u8> {
    STANDARD.decode(WAV).unwrap_or_default()
}

pub(crate) fn add(registry: Registry) -> Registry {
    registry
        .with_tool(Fixture::new("test_simple_text", "Answers with text", |_, _| {
            Box::pin(async { Ok(CallResult::content([Content::text("This is a simple text response for testing.")])) })
        }))
        .with_tool(Fixture::new("test_image_content", "Answers with a picture", |_, _| {
            Box::pin(async { Ok(CallResult::content([Content::image(png(), "image/png")])) })
        }))
        .with_tool(Fixture::new("test_audio_content", "Answers with sound", |_, _| {
            Box::pin(async { Ok(CallResult::content([Content::audio(wav(), "audio/wav")])) })
        }))
        .with_tool(Fixture::new("test_embedded_resource", "Answers with a resource and its content", |_, _| {
            Box::pin(async {
                let text = Payload::Text("This is an embedded resource content.".to_owned());
                Ok(CallResult::content([Content::embedded("test://embedded-resource", "text/plain", text)]))
            })
        }))
        .with_tool(Fixture::new("test_multiple_content_types", "Answers with text, a picture and a resource", |_, _| {
            Box::pin(async {
                let json = Payload::Text(r#"{"test":"data","value":123}"#.to_owned());
                Ok(CallResult::content([
                    Content::text("Multiple content types test:"),
                    Content::image(png(), "image/png"),
                    Content::embedded("test://mixed-content-resource", "application/json", json),
                ]))
            })
        }))
        .with_tool(Fixture::new("test_error_handling", "Fails, always", |_, _| {
            Box::pin(async { Ok(CallResult::error("This tool intentionally returns an error for testing")) })
        }))
}
