"""URL patterns of the service: AWS's in both protocols, the admin API, and the webhooks."""

from cp_teach.aws.moto_plugin.responses import Response

url_bases = [r"https?://codepipeline\.(.+)\.amazonaws\.com"]

url_paths = {
    "{0}/$": Response.dispatch,
    "{0}/service/CodePipeline_20150709/operation/(?P<operation>[^/]+)$": Response.dispatch,
    "{0}/codepipeline_(?P<place>[^/]+)/cp-teach/(?P<rest>.+)$": Response.admin,
}
