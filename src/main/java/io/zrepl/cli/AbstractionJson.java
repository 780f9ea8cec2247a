package io.zrepl.cli;

import io.zrepl.endpoint.local.abstraction.Abstraction;
import io.zrepl.model.Bookmark;
import io.zrepl.model.Snapshot;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;

/** Abstractions as JSON, with the members and the indentation of Go zrepl. */
final class AbstractionJson {
  private static final JsonFactory FACTORY = new JsonFactory();

  private AbstractionJson() {}

  /** One object, without a newline at its end. */
  static String object(Abstraction abstraction) {
    return write(json -> members(json, abstraction));
  }

  /** A list of objects. */
  static String list(List<Abstraction> abstractions) {
    return write(json -> {
      json.writeStartArray();
      abstractions.forEach(abstraction -> members(json, abstraction));
      json.writeEndArray();
    });
  }

  /** What became of one. */
  static String released(Abstraction abstraction, String failure) {
    return write(json -> {
      json.writeStartObject();
      json.writeName("Abstraction");
      members(json, abstraction);
      json.writeStringProperty("DestroyErr", failure);
      json.writeEndObject();
    });
  }

  /** One value, indented. */
  static String write(Consumer<JsonGenerator> content) {
    ByteArrayOutputStream target = new ByteArrayOutputStream();
    PrettyPrinter printer =
        new DefaultPrettyPrinter(
                Separators.createDefaultInstance()
                    .withObjectNameValueSpacing(Separators.Spacing.AFTER)
                    .withArrayEmptySeparator("")
                    .withObjectEmptySeparator(""))
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n"));
    ObjectWriteContext context =
        new ObjectWriteContext.Base() {
          @Override
          public PrettyPrinter getPrettyPrinter() {
            return printer;
          }
        };
    try (JsonGenerator json = FACTORY.createGenerator(context, target)) {
      content.accept(json);
    }
    return target.toString(StandardCharsets.UTF_8);
  }

  private static void members(JsonGenerator json, Abstraction abstraction) {
    json.writeStartObject();
    json.writeStringProperty("Type", abstraction.type().text());
    json.writeStringProperty("FS", abstraction.filesystem().toString());
    json.writeStringProperty("Name", abstraction.name());
    json.writeStringProperty("FullPath", abstraction.fullPath());
    json.writeName("JobID");
    if (abstraction.job().isPresent()) {
      json.writeString(abstraction.job().get().toString());
    } else {
      json.writeNull();
    }
    unsigned(json, "CreateTXG", abstraction.createTxg().value());
    json.writeName("FilesystemVersion");
    version(json, abstraction);
    json.writeStringProperty("String", abstraction.toString());
    json.writeEndObject();
  }

  private static void version(JsonGenerator json, Abstraction abstraction) {
    OptionalLong references =
        switch (abstraction.version()) {
          case Snapshot snapshot -> snapshot.userReferences();
          case Bookmark _ -> OptionalLong.empty();
        };
    json.writeStartObject();
    json.writeStringProperty(
        "Type", abstraction.version() instanceof Snapshot ? "snapshot" : "bookmark");
    json.writeStringProperty("Name", abstraction.version().name());
    unsigned(json, "Guid", abstraction.version().guid().value());
    unsigned(json, "CreateTXG", abstraction.version().createTxg().value());
    json.writeStringProperty("Creation", rfc3339(abstraction.version().creation()));
    json.writeName("UserRefs");
    json.writeStartObject();
    unsigned(json, "Value", references.orElse(0));
    json.writeBooleanProperty("Valid", references.isPresent());
    json.writeEndObject();
    json.writeEndObject();
  }

  private static String rfc3339(Instant time) {
    return time.toString(); // of ZFS, so that it has whole seconds
  }

  private static void unsigned(JsonGenerator json, String name, long value) {
    json.writeNumberProperty(name, new BigInteger(Long.toUnsignedString(value)));
  }
}
