package io.zrepl.rpc.message;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Bookmark;
import io.zrepl.model.CreateTxg;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.Guid;
import io.zrepl.model.NameRules;
import io.zrepl.model.Snapshot;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code FilesystemVersion}. */
final class VersionMessage {
  private static final int TYPE = 1;
  private static final int NAME = 2;
  private static final int GUID = 3;
  private static final int CREATE_TXG = 4;
  private static final int CREATION = 5;

  private static final int SNAPSHOT = 0;
  private static final int BOOKMARK = 1;

  // As Go parses it: seconds and zone must be there, a fraction may.
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})");
  // A Go peer would end at a year of five digits.
  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private int type;
  private String name = "";
  private long guid;
  private long createTxg;
  private String creation = "";

  private VersionMessage() {}

  static byte[] encode(FilesystemVersion version) {
    return new Encoder()
        .word(TYPE, version instanceof Bookmark ? BOOKMARK : SNAPSHOT)
        .text(NAME, version.name())
        .number(GUID, version.guid().value())
        .number(CREATE_TXG, version.createTxg().value())
        .text(CREATION, creation(version.creation()))
        .bytes();
  }

  private static String creation(Instant time) {
    Instant shown = time.isAfter(LATEST) ? LATEST : time.isBefore(EARLIEST) ? EARLIEST : time;
    return shown.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static FilesystemVersion parse(byte[] bytes) throws InvalidMessageException {
    VersionMessage message = new VersionMessage();
    Fields.read("FilesystemVersion", bytes, message::field);
    return message.version();
  }

  /** For places where only a snapshot makes sense. */
  static Snapshot parseSnapshot(String field, byte @Nullable [] bytes)
      throws InvalidMessageException {
    if (bytes == null) {
      throw new InvalidMessageException(field + " is missing");
    }
    if (parse(bytes) instanceof Snapshot snapshot) {
      return snapshot;
    }
    throw new InvalidMessageException(field + " is a bookmark; only a snapshot can be here");
  }

  private void field(Fields field) throws java.io.IOException {
    if (field.isNumber(TYPE)) {
      type = field.word();
    } else if (field.isText(NAME)) {
      name = field.text();
    } else if (field.isNumber(GUID)) {
      guid = field.number();
    } else if (field.isNumber(CREATE_TXG)) {
      createTxg = field.number();
    } else if (field.isText(CREATION)) {
      creation = field.text();
    }
  }

  private FilesystemVersion version() throws InvalidMessageException {
    String valid =
        Fields.valid(
            "FilesystemVersion.Name",
            name,
            text -> NameRules.requireComponent("name of a snapshot or bookmark", text));
    Instant time = Fields.valid("FilesystemVersion.Creation", creation, VersionMessage::time);
    return switch (type) {
      case SNAPSHOT -> new Snapshot(valid, new Guid(guid), new CreateTxg(createTxg), time);
      case BOOKMARK -> new Bookmark(valid, new Guid(guid), new CreateTxg(createTxg), time);
      default ->
          throw new InvalidMessageException(
              "FilesystemVersion.Type: %d is neither snapshot nor bookmark".formatted(type));
    };
  }

  private static Instant time(String text) throws InvalidValueException {
    try {
      if (RFC_3339.matcher(text).matches()) {
        return OffsetDateTime.parse(text).toInstant().truncatedTo(ChronoUnit.SECONDS);
      }
    } catch (DateTimeException e) {
      // told below
    }
    throw new InvalidValueException("not a date as in RFC 3339");
  }
}
