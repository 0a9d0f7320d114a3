import Foundation
import Mustache

/// The site's templates and the two files that its pages share. They are compiled into the program, so that it needs no
/// folder beside it.
struct SiteTemplates {
    private let library: MustacheLibrary

    init() throws {
        library = MustacheLibrary(templates: [
            "layout": try SiteTemplates.template(PackageResources.layout_mustache),
            "index": try SiteTemplates.template(PackageResources.index_mustache),
            "exhibit": try SiteTemplates.template(PackageResources.exhibit_mustache),
            "run": try SiteTemplates.template(PackageResources.run_mustache),
            "queries": try SiteTemplates.template(PackageResources.queries_mustache),
        ])
    }

    static var style: String { String(decoding: PackageResources.site_css, as: UTF8.self) }
    static var script: String { String(decoding: PackageResources.site_js, as: UTF8.self) }

    private static func template(_ bytes: [UInt8]) throws -> MustacheTemplate {
        try MustacheTemplate(string: String(decoding: bytes, as: UTF8.self))
    }

    /// The text of a template with what it names filled in.
    func render(_ values: [String: Any], _ template: String) -> String {
        library.render(values, withTemplate: template) ?? ""
    }
}
