//! Prompts.

use mcp_latch::{
    host::LocalFuture,
    identity::Identity,
    mcp::{Content, Context, Filled, Payload, Prompt, PromptArgument, PromptError, PromptSpec, Registry, Role},
};

use crate::{
    contents::png,
    fixture::{Arguments, text},
    rounds,
};

/// What a prompt says.
type Fill = fn(Context<'_>, &Arguments) -> Result<Vec<Content>, PromptError>;

struct Fixture {
    spec: PromptSpec,
    fill: Fill,
}

impl Fixture {
    fn new(name: &str, description: &str, arguments: &[&str], fill: Fill) -> Self {
        let argument =
            |name: &&str| PromptArgument { name: (*name).to_owned(), description: Some(format!("The {name}")), required: true };
        let spec = PromptSpec {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            arguments: arguments.iter().map(argument).collect(),
            ..PromptSpec::default()
        };
        Self { spec, fill }
    }
}

impl Prompt for Fixture {
    fn spec(&self) -> &PromptSpec {
        &self.spec
    }

    fn get<'a>(&'a self, context: Context<'a>, arguments: &'a Arguments) -> LocalFuture<'a, Result<Filled, PromptError>> {
        Box::pin(async move {
            let contents = (self.fill)(context, arguments)?;
            let messages = contents.into_iter().map(|content| (Role::User, content)).collect();
            Ok(Filled { description: self.spec.description.clone(), messages })
        })
    }

    fn complete(&self, _: &Identity, _: &str, typed: &str, _: &Arguments) -> Vec<String> {
        ["testing", "tester", "other"].into_iter().filter(|value| value.starts_with(typed)).map(str::to_owned).collect()
    }
}

pub(crate) fn add(registry: Registry) -> Registry {
    registry
        .with_prompt(Fixture::new("test_simple_prompt", "Says one thing", &[], |_, _| {
            Ok(vec![Content::text("This is a simple prompt for testing.")])
        }))
        .with_prompt(Fixture::new("test_prompt_with_arguments", "Repeats two arguments", &["arg1", "arg2"], |_, arguments| {
            let (first, second) = (text(arguments, "arg1", ""), text(arguments, "arg2", ""));
            Ok(vec![Content::text(format!("Prompt with arguments: arg1='{first}', arg2='{second}'"))])
        }))
        .with_prompt(Fixture::new("test_prompt_with_embedded_resource", "Shows a resource", &["resourceUri"], |_, arguments| {
            let body = Payload::Text("Embedded resource content for testing.".to_owned());
            Ok(vec![
                Content::embedded(text(arguments, "resourceUri", "test://static-text"), "text/plain", body),
                Content::text("Please process the embedded resource above."),
            ])
        }))
        .with_prompt(Fixture::new("test_prompt_with_image", "Shows a picture", &[], |_, _| {
            Ok(vec![Content::image(png(), "image/png"), Content::text("Please analyze the image above.")])
        }))
        .with_prompt(Fixture::new("test_input_required_result_prompt", "Asks the user first", &[], |context, _| {
            let answer = context.ask(&rounds::name("user_context", "What context should the prompt use?"))?;
            Ok(vec![Content::text(format!("The user's context: {}", answer["content"]))])
        }))
}
