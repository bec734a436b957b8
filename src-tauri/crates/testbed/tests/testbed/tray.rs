use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use testbed::{Desktop, TrayHost};
use zbus::zvariant::{ObjectPath, OwnedValue, StructureBuilder, Value};
use zbus::{Connection, interface};

const ITEM: &str = "/item";
const MENU: &str = "/item/menu";

/// A program in the tray: two servers in a submenu, of which a click chooses one.
#[derive(Clone)]
struct Program {
    chosen: Arc<Mutex<&'static str>>,
}

#[interface(name = "org.kde.StatusNotifierItem")]
impl Program {
    #[zbus(property)]
    fn title(&self) -> &'static str {
        "Accounts"
    }

    #[zbus(property)]
    fn icon_name(&self) -> String {
        format!("/icons/{}.png", self.chosen.lock().unwrap())
    }

    #[zbus(property)]
    fn menu(&self) -> ObjectPath<'static> {
        ObjectPath::from_static_str_unchecked(MENU)
    }
}

/// A menu that is built when it opens.
struct ProgramMenu {
    program: Program,
    entries: Vec<Layout>,
}

type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

fn entry(id: i32, properties: &[(&str, Value<'_>)], children: Vec<Layout>) -> Layout {
    let properties = properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.try_to_owned().unwrap()));
    let children = children.into_iter().map(|(id, properties, children)| {
        let entry = StructureBuilder::new()
            .add_field(id)
            .add_field(properties)
            .add_field(children);
        Value::from(entry.build().unwrap()).try_into().unwrap()
    });
    (id, properties.collect(), children.collect())
}

#[interface(name = "com.canonical.dbusmenu")]
impl ProgramMenu {
    fn about_to_show(&mut self, id: i32) -> bool {
        assert_eq!(id, 0);
        let chosen = *self.program.chosen.lock().unwrap();
        let server = |id, label: &str, name: &str| {
            let state = i32::from(chosen == name);
            entry(
                id,
                &[
                    ("label", label.into()),
                    ("toggle-type", "radio".into()),
                    ("toggle-state", state.into()),
                ],
                vec![],
            )
        };
        let servers = vec![server(2, "_prod", "prod"), server(3, "_staging", "staging")];
        self.entries = vec![
            entry(
                1,
                &[("label", "_Servers".into()), ("children-display", "submenu".into())],
                servers,
            ),
            entry(4, &[("type", "separator".into())], vec![]),
            entry(5, &[("label", "Hidden".into()), ("visible", false.into())], vec![]),
            entry(6, &[("label", "Copy".into()), ("enabled", false.into())], vec![]),
        ];
        true
    }

    fn get_layout(&self, _parent: i32, _depth: i32, _properties: Vec<String>) -> (u32, Layout) {
        (1, entry(0, &[], self.entries.clone()))
    }

    fn event(&self, id: i32, kind: &str, _data: Value<'_>, _time: u32) {
        assert_eq!((id, kind), (3, "clicked"));
        *self.program.chosen.lock().unwrap() = "staging";
    }
}

async fn program(desktop: &Desktop) -> Result<Connection> {
    let program = Program {
        chosen: Arc::new(Mutex::new("prod")),
    };
    let address = desktop.environment().variables()["DBUS_SESSION_BUS_ADDRESS"].clone();
    let builder = zbus::connection::Builder::address(address.as_str())?;
    Ok(builder
        .serve_at(ITEM, program.clone())?
        .serve_at(
            MENU,
            ProgramMenu {
                program,
                entries: Vec::new(),
            },
        )?
        .build()
        .await?)
}

async fn register(program: &Connection) -> Result<()> {
    let name = "org.kde.StatusNotifierWatcher";
    let watcher = zbus::Proxy::new(program, name, "/StatusNotifierWatcher", name).await?;
    assert!(watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await?);
    Ok(watcher.call("RegisterStatusNotifierItem", &(ITEM,)).await?)
}

#[tokio::test]
async fn a_menu_is_read_and_clicked_by_its_labels() -> Result<()> {
    let desktop = Desktop::start().await?;
    let host = TrayHost::start(&desktop).await?;
    let program = program(&desktop).await?;
    register(&program).await?;

    let item = host.wait_for_item().await?;
    assert_eq!(
        (item.title().await?, item.icon_name().await?),
        ("Accounts".to_owned(), "/icons/prod.png".to_owned())
    );
    let menu = item.menu().await?;
    assert_eq!(menu.to_string(), "Servers\n  [x] prod\n  [ ] staging\nCopy (grey)\n");

    item.click(&["Servers", "staging"]).await?;
    let checked = |menu: &testbed::Menu| menu.find(&["Servers", "staging"]).unwrap().checked == Some(true);
    let menu = item.wait_for_menu("staging to be chosen", checked).await?;
    assert_eq!(menu.find(&["Servers", "prod"]).unwrap().checked, Some(false));
    assert_eq!(item.icon_name().await?, "/icons/staging.png");

    let grey = item.click(&["Copy"]).await.unwrap_err().to_string();
    assert!(grey.contains("greyed out"), "{grey}");
    let missing = item.click(&["Servers", "Servers"]).await.unwrap_err().to_string();
    assert!(
        missing.contains("[x] prod") || missing.contains("[x] staging"),
        "the menu as it is: {missing}"
    );
    Ok(())
}

#[tokio::test]
async fn a_host_that_went_away_can_come_back() -> Result<()> {
    let desktop = Desktop::start().await?;
    let program = program(&desktop).await?;
    assert!(register(&program).await.is_err(), "no host yet");

    let host = TrayHost::start(&desktop).await?;
    register(&program).await?;
    assert_eq!(host.items().await?.len(), 1);
    host.stop().await?;
    assert!(register(&program).await.is_err(), "no host any more");

    let host = TrayHost::start(&desktop).await?;
    register(&program).await?;
    register(&program).await?;
    assert_eq!(host.items().await?.len(), 1, "once, however often it is registered");
    program.close().await?;
    let gone = async || {
        anyhow::ensure!(host.items().await?.is_empty(), "the item is still there");
        Ok(())
    };
    testbed::eventually("the item of an ended program to go", testbed::DEADLINE, gone).await
}
