// Swagger UI over our own description; the session's cross-site token goes with what it sends.
const place = document.getElementById("swagger-ui");
window.ui = SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  validatorUrl: null,
  supportedSubmitMethods: ["get"],
});
