package io.zrepl.cli;

import io.zrepl.base.InvalidValueException;
import io.zrepl.model.Guid;
import io.zrepl.model.ResumeToken;
import io.zrepl.model.ResumeTokenContents;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;

/**
 * {@code zrepl test decoderesumetoken}: what a {@code receive_resume_token} says, as JSON. Decoded
 * here: no program is started, and no configuration is needed.
 */
final class DecodeResumeTokenCommand implements Verb {
  private final Console console;

  DecodeResumeTokenCommand(Console console) {
    this.console = console;
  }

  @Override
  public CommandSpec model() {
    return Model.command(
            this,
            "decoderesumetoken",
            "Shows what a resume token says, as JSON.",
            "Get one with: zfs get receive_resume_token DATASET")
        .addOption(
            Model.text("TOKEN", "The token, as zfs send -t takes it.", "--token")
                .required(true)
                .build())
        .addPositional(Model.surplus());
  }

  @Override
  public int run(Arguments arguments) throws CommandException {
    String token = arguments.text("--token", "");
    if (token.isEmpty()) {
      throw new CommandException("--token must not be empty");
    }
    try {
      console.out().println(json(ResumeTokenContents.decode(new ResumeToken(token))));
      return 0;
    } catch (InvalidValueException e) {
      throw new CommandException("cannot decode the token: " + e.getMessage(), e);
    }
  }

  /** The member names are those of Go zrepl. */
  private static String json(ResumeTokenContents contents) {
    List<String> members = new ArrayList<>();
    member(members, "HasFromGUID", contents.fromGuid().isPresent());
    member(members, "FromGUID", contents.fromGuid().map(Guid::toString).orElse("0"));
    member(members, "HasToGUID", true);
    member(members, "ToGUID", contents.toGuid());
    member(members, "ToName", quoted(contents.toName()));
    flag(members, "HasCompressOK", "CompressOK", contents.compressOk());
    flag(members, "HasRawOk", "RawOK", contents.rawOk());
    flag(members, "HasLargeBlockOK", "LargeBlockOK", contents.largeBlockOk());
    flag(members, "HasEmbedOk", "EmbedOK", contents.embedOk());
    flag(members, "HasSavedOk", "SavedOk", contents.savedOk());
    return "{\n" + String.join(",\n", members) + "\n}";
  }

  private static void flag(List<String> members, String has, String name, boolean value) {
    member(members, has, value);
    member(members, name, value);
  }

  private static void member(List<String> members, String name, Object value) {
    members.add(" \"%s\": %s".formatted(name, value));
  }

  /** The token may be forged: control characters must not reach the terminal. */
  private static String quoted(String text) {
    StringBuilder result = new StringBuilder("\"");
    text.chars()
        .forEach(c -> {
          if (c < 0x20 || c >= 0x7f) {
            result.append("\\u%04x".formatted(c));
          } else {
            result.append(c == '"' || c == '\\' ? "\\" : "").append((char) c);
          }
        });
    return result.append('"').toString();
  }
}
