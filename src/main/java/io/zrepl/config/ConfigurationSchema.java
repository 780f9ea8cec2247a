package io.zrepl.config;

import io.zrepl.config.schema.JsonSchema;
import io.zrepl.config.schema.Kind;
import io.zrepl.config.schema.ListKind;
import io.zrepl.config.schema.MapKind;
import io.zrepl.config.schema.OptionalKind;
import io.zrepl.config.schema.ScalarKind;
import io.zrepl.config.schema.SecretWords;
import io.zrepl.config.schema.Section;
import io.zrepl.config.schema.Union;
import io.zrepl.config.yaml.SecretKeys;
import java.util.LinkedHashSet;
import java.util.Set;

/** The configuration language as declared, from its root. */
public final class ConfigurationSchema {
  /** The whole file. */
  static final Section<RootSection.Content> ROOT = new RootSection();

  private static final SecretKeys SECRET_KEYS = new SecretWords(sections());

  private ConfigurationSchema() {}

  /** The keys whose values must never be shown. */
  static SecretKeys secrets() {
    return SECRET_KEYS;
  }

  /** The JSON Schema (draft 07) of a configuration file, for editors. With a newline at the end. */
  public static String jsonSchema() {
    return new ConfigurationDump(JsonSchema.of("zrepl configuration", ROOT)).json();
  }

  /** All declared sections, the root first. */
  public static Set<Section<?>> sections() {
    Set<Section<?>> result = new LinkedHashSet<>();
    addSections(ROOT, result);
    return result;
  }

  private static void addSections(Kind<?> kind, Set<Section<?>> result) {
    switch (kind) {
      case Section<?> section -> {
        if (result.add(section)) {
          section.fields().forEach(field -> addSections(field.kind(), result));
        }
      }
      case Union<?> union ->
          union.variants().values().forEach(section -> addSections(section, result));
      case ListKind<?> list -> addSections(list.element(), result);
      case MapKind<?, ?> map -> addSections(map.value(), result);
      case OptionalKind<?> optional -> addSections(optional.section(), result);
      case ScalarKind<?> _ -> {}
    }
  }
}
