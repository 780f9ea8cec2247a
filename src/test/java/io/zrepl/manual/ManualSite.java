package io.zrepl.manual;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/**
 * Makes HTML of the Markdown files of a tree and looks where their links lead. Files that are no
 * pages are copied if a page links to them.
 */
final class ManualSite {
  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
  private final Path root;
  private final Map<Path, Node> pages = new LinkedHashMap<>();

  /**
   * Reads pages.
   *
   * @param root of the tree to which links may lead
   * @param folders below it; all their Markdown files are pages
   */
  ManualSite(Path root, List<Path> folders) throws IOException {
    this.root = root.toAbsolutePath().normalize();
    Parser parser = Parser.builder().extensions(EXTENSIONS).build();
    for (Path folder : folders) {
      try (Stream<Path> files = Files.walk(this.root.resolve(folder))) {
        for (Path file : files.filter(ManualSite::isPage).sorted().toList()) {
          pages.put(file, parser.parse(Files.readString(file)));
        }
      }
    }
  }

  private static boolean isPage(Path file) {
    return file.toString().endsWith(".md");
  }

  /** One text for each link that leads nowhere: which, on which page. */
  List<String> deadLinks() throws IOException {
    List<String> dead = new ArrayList<>();
    for (Map.Entry<Path, Node> page : pages.entrySet()) {
      for (String link : links(page.getValue())) {
        if (!link.contains(":") && !leadsSomewhere(page.getKey(), link)) {
          dead.add(root.relativize(page.getKey()) + ": " + link);
        }
      }
    }
    return dead;
  }

  private boolean leadsSomewhere(Path page, String link) throws IOException {
    int hash = link.indexOf('#');
    String name = hash < 0 ? link : link.substring(0, hash);
    Path target = name.isEmpty() ? page : page.resolveSibling(name).normalize();
    if (!Files.exists(target) || !target.startsWith(root)) {
      return false;
    }
    if (hash < 0) {
      return true;
    }
    Node node = pages.get(target);
    return node != null && anchors(node).contains(link.substring(hash + 1));
  }

  /**
   * Writes the site. Links to what is no page of it keep the text and lose the link, unless they
   * lead to other sites or to files that were copied.
   */
  void write(Path folder) throws IOException {
    for (Map.Entry<Path, Node> page : pages.entrySet()) {
      Path from = page.getKey();
      Path to = folder.resolve(htmlName(root.relativize(from).toString()));
      Path parent = Objects.requireNonNull(to.getParent());
      Files.createDirectories(parent);
      Set<String> used = new LinkedHashSet<>();
      String body =
          HtmlRenderer.builder()
              .extensions(EXTENSIONS)
              .attributeProviderFactory(_ ->
                  (node, tag, attributes) -> {
                    if (node instanceof Heading heading) {
                      attributes.put("id", unique(anchor(heading), used));
                    }
                    String link = attributes.get("href");
                    if (tag.equals("a") && link != null && !link.contains(":")) {
                      attributes.put("href", htmlName(link));
                    }
                  })
              .build()
              .render(page.getValue());
      String index = parent.relativize(folder.resolve("docs/index.html")).toString();
      Files.writeString(to, html(title(page.getValue()), index, body));
      copyLinked(from, page.getValue(), folder);
    }
    Files.writeString(
        folder.resolve("index.html"),
        "<!DOCTYPE html>\n<meta http-equiv=\"refresh\" content=\"0; url=docs/index.html\">\n");
  }

  private static String html(String title, String index, String body) {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title>
    <style>
    body { max-width: 54em; margin: 1em auto; padding: 0 1em; font: 16px/1.5 sans-serif; }
    pre { background: #f4f4f4; padding: .7em; overflow-x: auto; } code { background: #f4f4f4; }
    table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: .2em .5em; vertical-align: top; }
    </style></head>
    <body>
    <p><a href="%s">zrepl manual</a></p>
    %s</body>
    </html>
    """
        .formatted(title, index, body);
  }

  private void copyLinked(Path page, Node node, Path folder) throws IOException {
    for (String link : links(node)) {
      Path target = page.resolveSibling(link.replaceAll("#.*", "")).normalize();
      if (!link.contains(":") && Files.isRegularFile(target) && !isPage(target)) {
        Path copy = folder.resolve(root.relativize(target));
        Files.createDirectories(Objects.requireNonNull(copy.getParent()));
        Files.write(copy, Files.readAllBytes(target));
      }
    }
  }

  private static String htmlName(String link) {
    return link.replaceFirst("README\\.md(?=$|#)", "index.html")
        .replaceFirst("\\.md(?=$|#)", ".html")
        .replaceFirst("/$", "/index.html");
  }

  private static String title(Node page) {
    return page.getFirstChild() instanceof Heading heading ? plain(heading) : "zrepl";
  }

  private static List<String> links(Node page) {
    List<String> links = new ArrayList<>();
    page.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Link link) {
            links.add(link.getDestination());
            visitChildren(link);
          }
        });
    return links;
  }

  private static Set<String> anchors(Node page) {
    Set<String> anchors = new LinkedHashSet<>();
    page.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Heading heading) {
            unique(anchor(heading), anchors);
          }
        });
    return anchors;
  }

  /** As forges do it: a second heading with the same text gets a number. */
  private static String unique(String anchor, Set<String> used) {
    String result = anchor;
    for (int i = 1; !used.add(result); i++) {
      result = anchor + "-" + i;
    }
    return result;
  }

  private static String anchor(Heading heading) {
    return plain(heading)
        .toLowerCase(Locale.ROOT)
        .replaceAll("[^\\p{L}\\p{N} _-]", "")
        .replace(' ', '-');
  }

  private static String plain(Node node) {
    StringBuilder text = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text part) {
            text.append(part.getLiteral());
          }

          @Override
          public void visit(Code part) {
            text.append(part.getLiteral());
          }
        });
    return text.toString();
  }
}
