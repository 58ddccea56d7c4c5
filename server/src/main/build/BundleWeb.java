import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Bundles the web client with esbuild. Maven runs this file; it is not part of the server.
 *
 * <p>Each page loads one style sheet and a few script chunks. Their names contain a hash of their content, so that
 * browsers can cache them forever. All modules that the app imports dynamically are in one chunk, which is loaded when
 * the first of them is needed: with a chunk for each, the app would consist of many small chunks that it shares with
 * them.
 *
 * <p>Some modules keep their names because other pages and features import them: {@code hongyan.js} and the {@code
 * client.js} of features, which share chunks with the app, and {@code kit.js}, which re-exports from the app's own
 * file. So each module exists once in a page.
 *
 * <p>Libraries that Maven unpacked are not part of a bundle. Each is minified and keeps its path, by which a module
 * loads it when it is first needed.
 *
 * <p>Arguments: the folder of the sources, the folder of the classes, a folder for intermediate files, the folder that
 * esbuild was unpacked to (without that folder, the sources are served unbundled), and the folder of the libraries,
 * laid out like the sources. Writes {@code web/} and {@code
 * web-files.txt}, whose lines are a path and whether the file is {@code immutable} or has to be revalidated ({@code
 * no-cache}). A file that compresses well has a {@code .gz} beside it.
 */
final class BundleWeb {
    private static final String CLIENT = "hongyan.js";
    private static final String KIT = "kit.js";
    /** Exports all modules that are imported dynamically. */
    private static final String LATER = "later.js";

    /** Files that are served as they are, besides the images. */
    private static final List<String> OTHER_ASSETS = List.of("first-paint.js", "manifest.json");

    private static final List<String> ESBUILD_OPTIONS = List.of(
            "--bundle",
            "--format=esm",
            "--splitting",
            "--minify",
            "--sourcemap",
            "--target=es2022",
            "--charset=utf8",
            "--log-level=warning",
            "--entry-names=[dir]/[name]",
            "--chunk-names=chunk-[hash]",
            "--asset-names=[dir]/[name]",
            "--loader:.svg=file");

    private static final Pattern STYLE_SHEET = Pattern.compile("\\s*<link rel=\"stylesheet\" href=\"([^\"]+)\">");
    private static final Pattern FEATURE_STYLE_SHEET = Pattern.compile("features/.+\\.css");
    /** Data and libraries of other projects. */
    private static final Pattern FEATURE_VENDOR = Pattern.compile("features/[^/]+/vendor/.+");
    /** What a feature adds to {@link #CLIENT} for other pages. */
    private static final Pattern FEATURE_CLIENT = Pattern.compile("features/[^/]+/client\\.js");
    private static final Pattern MODULE = Pattern.compile("\\s*<script type=\"module\" src=\"([^\"]+)\"></script>");
    /** A dynamic import, not the type of a comment. */
    private static final Pattern DYNAMIC_IMPORT = Pattern.compile("(=> |await |return )import\\(\"(\\.[^\"]+)\"\\)");
    private static final Pattern STATIC_IMPORT = Pattern.compile("\\b(?:from|import)\"\\./(chunk-\\w+\\.js)\"");

    private final Path sources;
    private final Path classes;
    private final Path staged;
    private final Path bundled;
    private final Path esbuild;
    private final Path vendor;
    private final Set<String> lines = new TreeSet<>();

    private BundleWeb(Path sources, Path classes, Path work, Path esbuild, Path vendor) {
        this.sources = sources;
        this.classes = classes;
        this.staged = work.resolve("sources");
        this.bundled = work.resolve("bundled");
        this.esbuild = esbuild;
        this.vendor = vendor;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<Path> folders =
                Stream.of(arguments).map(argument -> Path.of(argument).toAbsolutePath()).toList();
        Path esbuild = findEsbuild(folders.get(3));
        BundleWeb build = new BundleWeb(folders.get(0), folders.get(1), folders.get(2), esbuild, folders.get(4));
        for (Path folder : List.of(build.staged, build.bundled, build.classes.resolve("web"))) {
            delete(folder);
        }
        if (esbuild == null) {
            System.out.println("[WARNING] There is no esbuild for this platform, so the web client is served unbundled"
                    + " and loads more slowly.");
            build.copySources();
        } else {
            build.run();
        }
        Files.write(build.classes.resolve("web-files.txt"), build.lines);
    }

    /** Returns null if Maven has unpacked no esbuild, because there is none for this platform. */
    private static Path findEsbuild(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return null;
        }
        Path esbuild = files(folder).stream()
                .filter(file -> file.endsWith("bin/esbuild"))
                .findAny()
                .orElseThrow(() -> new IOException("no bin/esbuild in " + folder));
        esbuild.toFile().setExecutable(true);
        return esbuild;
    }

    /** Serves the sources as they are. */
    private void copySources() throws IOException {
        for (Path source : files(sources)) {
            write(name(sources, source), Files.readAllBytes(source), false);
        }
        for (Path library : files(vendor)) {
            write(name(vendor, library), Files.readAllBytes(library), false);
        }
    }

    private void run() throws IOException, InterruptedException {
        Map<String, String> assets = stageAssets();
        stageSources(assets);
        bundle("docs/index.html", List.of(), "docs/docs.js", List.of());
        stageDynamicImports();
        List<String> clients = new ArrayList<>(List.of(CLIENT));
        clients.addAll(stagedNames(FEATURE_CLIENT));
        String app = bundle("index.html", stagedNames(FEATURE_STYLE_SHEET), stageApp(), clients);
        if (Files.exists(staged.resolve(KIT))) {
            write(KIT, utf8("export * from \"./%s\";%n".formatted(app)), false);
        }
        for (String asset : assets.values()) {
            write(asset, Files.readAllBytes(staged.resolve(asset)), true);
        }
        for (Path example : files(staged.resolve("docs/examples"))) {
            write(name(staged, example), Files.readAllBytes(example), false);
        }
        writeLibraries();
    }

    private void writeLibraries() throws IOException, InterruptedException {
        Path output = bundled.resolve("vendor");
        List<String> command = new ArrayList<>(files(vendor).stream().map(Path::toString).toList());
        command.addAll(List.of("--minify", "--charset=utf8", "--log-level=warning"));
        command.addAll(List.of("--outbase=" + vendor, "--outdir=" + output));
        esbuild(command);
        for (Path file : files(output)) {
            write(name(output, file), Files.readAllBytes(file), false);
        }
    }

    private List<String> stagedNames(Pattern pattern) throws IOException {
        return files(staged).stream()
                .map(file -> name(staged, file))
                .filter(pattern.asMatchPredicate())
                .toList();
    }

    /** Returns the new names of the assets by their names in the sources. */
    private Map<String, String> stageAssets() throws IOException {
        Map<String, String> assets = new TreeMap<>();
        for (Path image : files(sources.resolve("art"))) {
            stageAsset(name(sources, image), Files.readAllBytes(image), assets);
        }
        for (String name : OTHER_ASSETS) {
            stageAsset(name, withNewNames(sources.resolve(name), assets), assets);
        }
        for (Path file : files(sources)) {
            if (FEATURE_VENDOR.matcher(name(sources, file)).matches()) {
                stageAsset(name(sources, file), Files.readAllBytes(file), assets);
            }
        }
        return assets;
    }

    private void stageAsset(String name, byte[] content, Map<String, String> assets) throws IOException {
        String newName = withHash(name, content);
        put(staged.resolve(newName), content);
        assets.put(name, newName);
    }

    private void stageSources(Map<String, String> assets) throws IOException {
        for (Path source : files(sources)) {
            String name = name(sources, source);
            if (!assets.containsKey(name)) {
                put(staged.resolve(name), withNewNames(source, assets));
            }
        }
    }

    private static byte[] withNewNames(Path source, Map<String, String> assets) throws IOException {
        String text = Files.readString(source);
        for (Map.Entry<String, String> asset : assets.entrySet()) {
            text = text.replace(asset.getKey(), asset.getValue());
        }
        return utf8(text);
    }

    /** Makes all dynamic imports of the app import one module. */
    private void stageDynamicImports() throws IOException {
        List<String> modules = new ArrayList<>();
        for (Path file : files(staged)) {
            String name = name(staged, file);
            if (name.endsWith(".js") && !name.startsWith("docs/")) {
                String later = "../".repeat(name.split("/").length - 1) + LATER;
                String text = DYNAMIC_IMPORT.matcher(Files.readString(file)).replaceAll(found -> {
                    Path imported = file.resolveSibling(found.group(2)).normalize();
                    if (!Files.exists(imported)) {
                        // An example in a comment, or a mistake that esbuild reports.
                        return Matcher.quoteReplacement(found.group());
                    }
                    String module = name(staged, imported);
                    if (!modules.contains(module)) {
                        modules.add(module);
                    }
                    return found.group(1) + "import(\"./%s\").then((all) => all.module%d)"
                            .formatted(later, modules.indexOf(module));
                });
                put(file, utf8(text));
            }
        }
        StringBuilder exports = new StringBuilder();
        for (int i = 0; i < modules.size(); i++) {
            exports.append("export * as module%d from \"./%s\";%n".formatted(i, modules.get(i)));
        }
        put(staged.resolve(LATER), utf8(exports.toString()));
    }

    /** Returns the entry of the app, which exports what the kit exports. */
    private String stageApp() throws IOException {
        if (!Files.exists(staged.resolve(KIT))) {
            return "app.js";
        }
        put(staged.resolve("app-with-kit.js"), utf8("import \"./app.js\";%nexport * from \"./%s\";%n".formatted(KIT)));
        return "app-with-kit.js";
    }

    /**
     * Bundles the style sheets and the module of a page.
     *
     * @param moreStyles style sheets that the page does not link. The link to the bundle lists them in {@code
     *     data-includes}
     * @param entry the module to load instead of the one that the page names
     * @param stableModules modules that share chunks with that of the page and keep their names
     * @return the new name of the page's module
     */
    private String bundle(String page, List<String> moreStyles, String entry, List<String> stableModules)
            throws IOException, InterruptedException {
        String folder = page.substring(0, page.lastIndexOf('/') + 1);
        String html = Files.readString(staged.resolve(page));
        StringBuilder imports = new StringBuilder();
        Stream.concat(STYLE_SHEET.matcher(html).results().map(found -> found.group(1)), moreStyles.stream())
                .forEach(name -> imports.append("@import \"./%s\";%n".formatted(name)));
        String styles = folder + "styles.css";
        put(staged.resolve(styles), utf8(imports.toString()));
        List<String> entries = new ArrayList<>(List.of(styles, entry));
        entries.addAll(stableModules);
        Path output = bundled.resolve(page);
        esbuild(entries, output);

        String newStyles = rename(output, styles);
        String newModule = rename(output, entry);
        String includes = moreStyles.isEmpty() ? "" : " data-includes=\"" + String.join(" ", moreStyles) + '"';
        List<String> links = new ArrayList<>();
        links.add("<link rel=\"stylesheet\" href=\"%s\"%s>".formatted(newStyles.substring(folder.length()), includes));
        for (String chunk : chunksOf(output, newModule, new LinkedHashSet<>())) {
            links.add("<link rel=\"modulepreload\" href=\"%s\">".formatted(chunk));
        }
        links.add("<script type=\"module\" src=\"%s\"></script>".formatted(newModule.substring(folder.length())));
        html = STYLE_SHEET.matcher(html).replaceAll("");
        html = MODULE.matcher(html).replaceFirst(Matcher.quoteReplacement("\n    " + String.join("\n    ", links)));
        write(page, utf8(html), false);
        for (Path file : files(output)) {
            String name = name(output, file);
            write(name, Files.readAllBytes(file), !stableModules.contains(name.replaceFirst("\\.map$", "")));
        }
        return newModule;
    }

    private void esbuild(List<String> entries, Path output) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(entries);
        arguments.addAll(ESBUILD_OPTIONS);
        arguments.add("--outbase=.");
        arguments.add("--outdir=" + output);
        esbuild(arguments);
    }

    private void esbuild(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(esbuild.toString()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command)
                .directory(staged.toFile())
                .redirectErrorStream(true)
                .start();
        String messages = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        boolean failed = process.waitFor() != 0;
        // Maven and scripts/build show lines that begin like this.
        messages.lines().filter(line -> !line.isBlank()).forEach(line ->
                System.out.println((failed ? "[ERROR] " : "[WARNING] ") + line));
        if (failed) {
            System.exit(1);
        }
    }

    /** Adds its hash to the name of an entry, and to that of its source map. */
    private static String rename(Path output, String name) throws IOException {
        Path file = output.resolve(name);
        byte[] content = Files.readAllBytes(file);
        String newName = withHash(name, content);
        String oldMap = file.getFileName() + ".map";
        Path newFile = output.resolve(newName);
        Files.writeString(newFile, Files.readString(file).replace(oldMap, newFile.getFileName() + ".map"));
        Files.move(file.resolveSibling(oldMap), output.resolve(newName + ".map"));
        Files.delete(file);
        return newName;
    }

    /** The chunks that a module imports before it runs, with those that they import. */
    private static Set<String> chunksOf(Path output, String module, Set<String> chunks) throws IOException {
        Matcher imports = STATIC_IMPORT.matcher(Files.readString(output.resolve(module)));
        while (imports.find()) {
            if (chunks.add(imports.group(1))) {
                chunksOf(output, imports.group(1), chunks);
            }
        }
        return chunks;
    }

    private void write(String name, byte[] content, boolean immutable) throws IOException {
        if (!lines.add(name + (immutable ? " immutable" : " no-cache"))) {
            return;
        }
        Path file = classes.resolve("web").resolve(name);
        put(file, content);
        byte[] compressed = gzip(content);
        if (compressed.length < content.length * 9 / 10) {
            put(file.resolveSibling(file.getFileName() + ".gz"), compressed);
        }
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new BestGzip(compressed)) {
            out.write(content);
        }
        return compressed.toByteArray();
    }

    private static final class BestGzip extends GZIPOutputStream {
        BestGzip(ByteArrayOutputStream out) throws IOException {
            super(out);
            def.setLevel(Deflater.BEST_COMPRESSION);
        }
    }

    private static String withHash(String name, byte[] content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
            int dot = name.lastIndexOf('.');
            return name.substring(0, dot) + '-' + HexFormat.of().formatHex(digest, 0, 5) + name.substring(dot);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String name(Path folder, Path file) {
        return folder.relativize(file).toString();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void put(Path file, byte[] content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
