package io.zrepl.rpc.message;

import io.zrepl.endpoint.FilesystemEntry;
import io.zrepl.model.DatasetPath;
import io.zrepl.model.FilesystemVersion;
import io.zrepl.model.ResumeToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code ListFilesystemRes}, {@code ListFilesystemVersionsReq} and its response. */
public final class ListMessages {
  private static final int FILESYSTEMS = 1;
  private static final int PATH = 1;
  private static final int RESUME_TOKEN = 2;
  private static final int IS_PLACEHOLDER = 3;

  private static final int FILESYSTEM = 1;
  private static final int VERSIONS = 1;

  /** More than any pool has; what an answer says takes more memory than its bytes. */
  static final int MOST_FILESYSTEMS = 250_000;

  static final int MOST_VERSIONS = 500_000;

  private ListMessages() {}

  private static void requireRoom(List<?> entries, int most, String message)
      throws InvalidMessageException {
    if (entries.size() == most) {
      throw new InvalidMessageException("%s has more than %d entries".formatted(message, most));
    }
  }

  /** Writes a {@code ListFilesystemRes}. */
  public static byte[] encodeFilesystems(List<FilesystemEntry> entries) {
    Encoder encoder = new Encoder();
    for (FilesystemEntry entry : entries) {
      encoder.message(
          FILESYSTEMS,
          new Encoder()
              .text(PATH, entry.path().toString())
              .text(RESUME_TOKEN, entry.resumeToken().map(ResumeToken::text).orElse(""))
              .truth(IS_PLACEHOLDER, entry.placeholder())
              .bytes());
    }
    return encoder.bytes();
  }

  /**
   * Parses a {@code ListFilesystemRes}.
   *
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  public static List<FilesystemEntry> parseFilesystems(byte[] bytes)
      throws InvalidMessageException {
    List<FilesystemEntry> entries = new ArrayList<>();
    Fields.read(
        "ListFilesystemRes",
        bytes,
        field -> {
          if (field.isText(FILESYSTEMS)) {
            requireRoom(entries, MOST_FILESYSTEMS, "ListFilesystemRes");
            entries.add(RawEntry.parse(field.bytes()));
          }
        });
    return entries;
  }

  private static final class RawEntry {
    private String path = "";
    private String token = "";
    private boolean placeholder;

    static FilesystemEntry parse(byte[] bytes) throws InvalidMessageException {
      RawEntry raw = new RawEntry();
      Fields.read("Filesystem", bytes, raw::field);
      return new FilesystemEntry(
          Fields.valid("Filesystem.Path", raw.path, DatasetPath::parse),
          raw.placeholder,
          SendMessages.token("Filesystem", raw.token));
    }

    private void field(Fields field) throws IOException {
      if (field.isText(PATH)) {
        path = field.text();
      } else if (field.isText(RESUME_TOKEN)) {
        token = field.text();
      } else if (field.isNumber(IS_PLACEHOLDER)) {
        placeholder = field.truth();
      }
    }
  }

  /**
   * Writes a message whose first field is a filesystem and which has no others: {@code
   * ListFilesystemVersionsReq} and {@code ReplicationCursorReq}.
   */
  public static byte[] encodeFilesystem(DatasetPath filesystem) {
    return new Encoder().text(FILESYSTEM, filesystem.toString()).bytes();
  }

  /**
   * Parses such a message.
   *
   * @throws InvalidMessageException if it is malformed, or the path is not valid
   */
  public static DatasetPath parseFilesystem(byte[] bytes) throws InvalidMessageException {
    String[] path = {""};
    Fields.read(
        "request",
        bytes,
        field -> {
          if (field.isText(FILESYSTEM)) {
            path[0] = field.text();
          }
        });
    return Fields.valid("Filesystem", path[0], DatasetPath::parse);
  }

  /** Writes a {@code ListFilesystemVersionsRes}. */
  public static byte[] encodeVersions(List<FilesystemVersion> versions) {
    Encoder encoder = new Encoder();
    versions.forEach(version -> encoder.message(VERSIONS, VersionMessage.encode(version)));
    return encoder.bytes();
  }

  /**
   * Parses a {@code ListFilesystemVersionsRes}.
   *
   * @return in the order in which they came
   * @throws InvalidMessageException if it is malformed, or one of its values is not valid
   */
  public static List<FilesystemVersion> parseVersions(byte[] bytes) throws InvalidMessageException {
    List<FilesystemVersion> versions = new ArrayList<>();
    Fields.read(
        "ListFilesystemVersionsRes",
        bytes,
        field -> {
          if (field.isText(VERSIONS)) {
            requireRoom(versions, MOST_VERSIONS, "ListFilesystemVersionsRes");
            versions.add(VersionMessage.parse(field.bytes()));
          }
        });
    return versions;
  }
}
